package trial;

import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.Id;

/** A line that was imported, and by which process. */
@Entity
public class Line {
  @Id @GeneratedValue private Long id;
  private int number;
  private long process;

  protected Line() {}

  public Line(int number) {
    this.number = number;
    this.process = ProcessHandle.current().pid();
  }
}
