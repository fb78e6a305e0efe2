package dev.cairn.dashboard;

import dev.cairn.dashboard.internal.page.SignIn;
import java.time.InstantSource;
import java.util.Objects;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Describes a {@link Dashboard}. Used by one thread. */
public final class DashboardBuilder {
  private static final int TITLE_MAX = 100;

  private final DataSource dataSource;
  private @Nullable String schema;
  private @Nullable Access access;
  private String title = "Cairn";
  private Redaction redaction = Redaction.usual();
  private boolean measuresAlways;
  private boolean framed;
  private InstantSource clock = InstantSource.system();

  DashboardBuilder(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  /** The schema of the tables; unless set, the current schema of the connections. */
  public DashboardBuilder schema(String name) {
    this.schema = Objects.requireNonNull(name, "name");
    return this;
  }

  /** Decides who may see and do what. Must be set: otherwise nobody may see anything. */
  public DashboardBuilder access(Access decision) {
    this.access = Objects.requireNonNull(decision, "decision");
    return this;
  }

  /**
   * The name that the page shows; {@code Cairn} unless set.
   *
   * @throws IllegalArgumentException if it is longer than 100 characters
   */
  public DashboardBuilder title(String text) {
    if (text.length() > TITLE_MAX) {
      throw new IllegalArgumentException(
          "the title of a dashboard may have at most %d characters".formatted(TITLE_MAX));
    }
    this.title = text;
    return this;
  }

  /**
   * The parts of arguments and similar values that nobody may see; {@link Redaction#usual()} unless
   * set.
   */
  public DashboardBuilder redaction(Redaction rules) {
    this.redaction = Objects.requireNonNull(rules, "rules");
    return this;
  }

  /**
   * Measures rates even while nobody is looking, so that the page can show the last hour at once.
   * Costs one short statement every five seconds.
   */
  public DashboardBuilder measureAlways() {
    this.measuresAlways = true;
    return this;
  }

  /** Lets pages of the same origin show this one in a frame. Otherwise no page may. */
  public DashboardBuilder allowSameOriginFrames() {
    this.framed = true;
    return this;
  }

  /** The clock for the list of acts and for sessions; the system's unless set. */
  public DashboardBuilder clock(InstantSource source) {
    this.clock = Objects.requireNonNull(source, "source");
    return this;
  }

  /**
   * Builds the dashboard. Does not ask the database.
   *
   * @throws IllegalStateException if no access was set
   */
  public Dashboard build() {
    if (access == null) {
      throw new IllegalStateException(
          "a dashboard is closed unless you say who may see it: set access(...), or use"
              + " DashboardServer.local(...), which lets in the holder of a link [CAIRN-710]");
    }
    return new Dashboard(dataSource, this, access);
  }

  /** With access for whoever opens the link first. */
  Dashboard buildWithLink() {
    Access link = access == null ? new SignIn(Grant.operator(localUser()), clock) : access;
    return new Dashboard(dataSource, this, link);
  }

  private static String localUser() {
    String user = System.getProperty("user.name", "");
    return user.isBlank() || user.length() > 100 ? "dashboard" : user;
  }

  @Nullable String schemaName() {
    return schema;
  }

  String titleText() {
    return title;
  }

  Redaction redactionRules() {
    return redaction;
  }

  boolean measures() {
    return measuresAlways;
  }

  InstantSource clockOfActs() {
    return clock;
  }

  String frameAncestors() {
    return framed ? "'self'" : "'none'";
  }
}
