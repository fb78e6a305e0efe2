package dev.cairn.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.CairnException;
import dev.cairn.TestDatabase;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Grants by a role that may not grant all of it, as a deployment repeats them. */
class RepeatedGrantsTest {
  @RegisterExtension static final TestDatabase database = TestDatabase.empty();

  private static final String SCHEMA = "jobs";
  private static final String OWNER = "cairn_part_owner";
  private static final String OTHER = "cairn_other_owner";
  private static final String ROLE = "cairn_program";

  private final Migrator superuser = Migrator.of(database.dataSource()).inSchema(SCHEMA);

  private Migrator owner;

  /** Tables and the sequence of the jobs belong to one role, and the other tables to another. */
  @BeforeEach
  void shareTheTables() {
    for (String role : List.of(OWNER, OTHER, ROLE)) {
      superuser.createRole(role);
    }
    database.execute("DROP SCHEMA IF EXISTS jobs CASCADE");
    superuser.up();
    database.execute("GRANT USAGE ON SCHEMA jobs TO cairn_part_owner, cairn_other_owner");
    for (String table : List.of("river_job", "river_leader", "river_queue", "river_migration")) {
      database.execute("ALTER TABLE jobs.%s OWNER TO cairn_part_owner".formatted(table));
    }
    database.execute("ALTER TABLE jobs.cairn_signal OWNER TO cairn_other_owner");
    owner = Migrator.of(Logins.of(database, OWNER)).inSchema(SCHEMA);
  }

  private static boolean may(String table, String privilege) {
    return "true"
        .equals(
            database.text(
                "SELECT has_table_privilege(?, ?, ?)::text", ROLE, "jobs." + table, privilege));
  }

  /** Of some tables it has all privileges, of some a few, and of others none. */
  @ParameterizedTest
  @EnumSource
  void whatIsThereAlreadyIsRepeatedByWhoOwnsOnlyAPart(Privileges privileges) {
    superuser.grant(privileges, ROLE);
    database.execute("GRANT SELECT ON jobs.cairn_wait TO cairn_part_owner");

    assertThatCode(() -> owner.grant(privileges, ROLE)).doesNotThrowAnyException();
  }

  /** On the other tables, the owner has no privilege at all: PostgreSQL would not only warn. */
  @ParameterizedTest
  @EnumSource(value = Privileges.class, mode = EnumSource.Mode.EXCLUDE, names = "MIGRATOR")
  void whatIsMissingOfTheOwnTablesIsGranted(Privileges privileges) {
    superuser.grant(privileges, ROLE);
    database.execute("REVOKE ALL ON jobs.river_job FROM cairn_program");

    owner.grant(privileges, ROLE);

    assertThat(may("river_job", "SELECT")).isTrue();
  }

  @ParameterizedTest
  @EnumSource(
      value = Privileges.class,
      names = {"WORKER", "READER"})
  void oneObjectThatLacksItsPrivilegeIsRefused(Privileges privileges) {
    superuser.grant(privileges, ROLE);
    database.execute("REVOKE SELECT ON jobs.cairn_signal FROM cairn_program");

    assertThatThrownBy(() -> owner.grant(privileges, ROLE))
        .isInstanceOf(CairnException.class)
        .hasMessageContaining("Could not grant privileges to role cairn_program")
        .hasMessageContaining("cairn_signal");
    database.execute("GRANT SELECT ON ALL TABLES IN SCHEMA jobs TO cairn_part_owner");
    assertThatThrownBy(() -> owner.grant(privileges, ROLE))
        .isInstanceOf(CairnException.class)
        .hasMessageContaining("as the owner of the schema and of the tables");
    assertThat(may("cairn_signal", "SELECT")).isFalse();
  }

  @Test
  void theColumnAndTheSequenceCountToo() {
    superuser.grant(Privileges.UNIQUE_INSERTER, ROLE);
    database.execute("ALTER TABLE jobs.river_job OWNER TO cairn_other_owner");
    assertThatCode(() -> owner.grant(Privileges.UNIQUE_INSERTER, ROLE)).doesNotThrowAnyException();

    database.execute("REVOKE UPDATE (kind) ON jobs.river_job FROM cairn_program");
    assertThatThrownBy(() -> owner.grant(Privileges.UNIQUE_INSERTER, ROLE))
        .isInstanceOf(CairnException.class);

    database.execute("GRANT UPDATE (kind) ON jobs.river_job TO cairn_program");
    database.execute("REVOKE USAGE ON SEQUENCE jobs.river_job_id_seq FROM cairn_program");
    assertThatThrownBy(() -> owner.grant(Privileges.UNIQUE_INSERTER, ROLE))
        .isInstanceOf(CairnException.class);
  }

  /** PostgreSQL only warns of what it did not grant, and the role may not see its warnings. */
  @Test
  void whatIsNotGrantedIsSaidThoughTheRoleHidesWarnings() {
    database.execute("GRANT SELECT ON ALL TABLES IN SCHEMA jobs TO cairn_part_owner");
    database.execute("GRANT USAGE ON SCHEMA jobs TO cairn_program");
    database.execute("ALTER ROLE cairn_part_owner SET client_min_messages = error");
    try {
      assertThatThrownBy(() -> owner.grant(Privileges.READER, ROLE))
          .isInstanceOf(CairnException.class)
          .hasMessageContaining("as the owner of the schema and of the tables");
    } finally {
      database.execute("ALTER ROLE cairn_part_owner RESET client_min_messages");
    }
    assertThat(may("river_job", "SELECT")).isFalse();
  }

  /** The privilege to create schemas is on the database, and is needed only for a new one. */
  @Test
  void theOwnerOfTheSchemaGrantsItToAnotherMigrator() {
    database.execute("ALTER SCHEMA jobs OWNER TO cairn_part_owner");

    owner.grant(Privileges.MIGRATOR, ROLE);

    assertThat(
            database.text("SELECT has_schema_privilege('cairn_program', 'jobs', 'CREATE')::text"))
        .isEqualTo("true");
    assertThatThrownBy(() ->
            Migrator.of(Logins.of(database, OWNER))
                .inSchema("another")
                .grant(Privileges.MIGRATOR, ROLE))
        .isInstanceOf(CairnException.class)
        .hasMessageContaining("permission denied for database");
  }
}
