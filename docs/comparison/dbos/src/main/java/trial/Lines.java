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
