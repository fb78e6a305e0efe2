package trial;

import java.util.List;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Query;

/** The lines. */
public interface Lines extends JpaRepository<Line, Long> {
  @Query("select count(distinct line.number) from Line line")
  long distinct();

  @Query("select line.process, count(line) from Line line group by line.process")
  List<Object[]> byProcess();

  @Query("select line.number from Line line order by line.id")
  List<Integer> numbers();

  /** Writes a line. The process halts after it if TRIAL_HALT is the number of this line. */
  default void write(int number) {
    saveAndFlush(slow(number));
    if (String.valueOf(number).equals(System.getenv("TRIAL_HALT"))) {
      Runtime.getRuntime().halt(1);
    }
  }

  /** Takes 20 ms, as a line that has to be looked up somewhere. */
  static Line slow(int number) {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted at line " + number, e);
    }
    return new Line(number);
  }
}
