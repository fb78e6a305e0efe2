package dev.cairn.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.TestDatabase;
import dev.cairn.source.Keyset.Position;
import dev.cairn.source.Source.Item;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows by key, with nothing skipped and nothing twice (R15, R16, R17). */
class KeysetTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();

  @BeforeEach
  void createTable() {
    database.execute("DROP TABLE IF EXISTS person CASCADE");
    database.execute(
        """
        CREATE TABLE person (
          id bigint PRIMARY KEY,
          name text NOT NULL UNIQUE,
          code uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
          amount numeric NOT NULL DEFAULT 0,
          at timestamptz NOT NULL DEFAULT now(),
          nickname text UNIQUE
        )
        """);
  }

  private void insert(long id, String name, String at) {
    database.execute(
        "INSERT INTO person (id, name, at, amount) VALUES (?, ?, ?::timestamptz, ?::numeric)",
        id,
        name,
        at,
        id + ".000000000000000001");
  }

  private void insertMany(int count) {
    database.execute(
        """
        INSERT INTO person (id, name, at)
        SELECT n, 'p' || n, '2026-01-01'::timestamptz + (n / 3) * interval '1 microsecond'
        FROM generate_series(1, ?) AS n
        """,
        count);
  }

  private static Keyset people() {
    return Sources.keyset(database.dataSource(), "person").pageSize(3);
  }

  private static SplittableSource<Long, Position> ids(Keyset keyset) {
    return keyset.rows(row -> row.getLong("id"));
  }

  @Test
  void r16_keysOfEveryTypeGoOnBehindAnyRow() throws Exception {
    insertMany(20);
    for (Keyset keyset :
        List.of(
            people().key("id"),
            people().key("name"),
            people().key("code"),
            people().key("at", "id"),
            people().key("amount", "name"))) {
      List<Long> all = Resuming.stoppedAtEveryItem(ids(keyset));
      assertThat(all).as(keyset.key().toString()).hasSize(20).doesNotHaveDuplicates();
    }
    assertThat(Resuming.values(ids(people().key("at", "id")))).isSorted();
  }

  @Test
  void r16_timesAreComparedToTheMicrosecondAndNumbersWithAllDigits() throws Exception {
    insert(1, "a", "2026-01-01 00:00:00.000001+00");
    insert(2, "b", "2026-01-01 00:00:00.000002+00");
    insert(3, "c", "2026-01-01 00:00:00.000002+00");

    List<Item<Long, Position>> items =
        Resuming.read(ids(people().key("at", "id")), null, Optional.empty());

    assertThat(items).extracting(Item::value).containsExactly(1L, 2L, 3L);
    assertThat(Resuming.stoppedAtEveryItem(ids(people().key("at", "id")))).hasSize(3);
    assertThat(Resuming.read(ids(people().key("amount", "id")), null, Optional.empty()))
        .extracting(item -> item.position().key().getFirst())
        .containsExactly("1.000000000000000001", "2.000000000000000001", "3.000000000000000001");
  }

  @Test
  void r16_textsAreSortedByTheDatabaseWhateverJavaThinks() throws Exception {
    int id = 0;
    for (String name :
        List.of("Zoe", "anna", "Ärger", "Anna", "zoë", "äther", "a b", "ab", "", "𝒜")) {
      insert(++id, name, "2026-01-01");
    }

    List<Long> all = Resuming.stoppedAtEveryItem(ids(people().key("name")));

    assertThat(all).hasSize(10).doesNotHaveDuplicates();
  }

  @Test
  void r15_rowsInsertedBehindThePositionAreFoundAndThoseBeforeItAreNot() throws Exception {
    insertMany(10);
    Source<Long, Position> source = ids(people().key("id"));

    database.execute("DELETE FROM person WHERE id IN (4, 5, 6)");
    var at5 = new Position(List.of("5"), List.of("id"));
    insert(-1, "before", "2026-01-01");
    insert(99, "behind", "2026-01-01");

    assertThat(Resuming.read(source, at5, Optional.empty()))
        .extracting(Item::value)
        .containsExactly(7L, 8L, 9L, 10L, 99L);
  }

  @Test
  void r35_aRowIsFoundByItsKeyAndNoOtherOneIsRead() throws Exception {
    insertMany(20);
    var mapped = new ArrayList<Long>();
    Source<Long, Position> source =
        people()
            .key("at", "id")
            .where("id <> ?", 13)
            .rows(row -> {
              mapped.add(row.getLong("id"));
              return row.getLong("id");
            });
    List<Item<Long, Position>> items = Resuming.read(source, null, Optional.empty());
    mapped.clear();

    Item<Long, Position> found =
        source.find(items.get(5).position(), items.get(4).position(), Optional.empty());

    assertThat(found).isEqualTo(items.get(5));
    assertThat(mapped).containsExactly(6L);
    database.execute("DELETE FROM person WHERE id = 6");
    assertThat(source.find(items.get(5).position(), null, Optional.empty())).isNull();
    var left = new Position(List.of(items.get(11).position().key().getFirst(), "13"), null);
    assertThat(source.find(left, null, Optional.empty())).as("not by its condition").isNull();
  }

  @Test
  void r16_anUpperBoundIsFixedWhenTheStepFirstRuns() throws Exception {
    insertMany(5);
    Source<Long, Position> source = ids(people().key("id").upToLastRowNow().countingRows());
    Optional<String> pinned = source.pin();
    insert(6, "later", "2026-01-01");

    assertThat(Resuming.read(source, null, pinned)).hasSize(5);
    assertThat(source.size(pinned)).hasValue(5);
    database.execute("DELETE FROM person");
    Optional<String> empty = source.pin();
    insert(7, "after an empty table", "2026-01-01");
    assertThat(Resuming.read(source, null, empty)).isEmpty();
    assertThat(source.size(empty)).hasValue(0);
  }

  @Test
  void r16_conditionsAndColumnsAreTheUsers() throws Exception {
    insertMany(10);
    Source<String, Position> source =
        people()
            .key("id")
            .columns("name")
            .where("id > ? AND name <> ?", 5, "p7")
            .rows(row -> row.getString("name"));

    assertThat(Resuming.stoppedAtEveryItem(source)).containsExactly("p6", "p8", "p9", "p10");
    assertThat(source.size(Optional.empty())).as("not asked for").isEmpty();
    assertThat(ids(people().key("id").where("id > ?", 5).countingRows()).size(Optional.empty()))
        .hasValue(5);
  }

  @Test
  void r16_theKeyIsSelectedByNameBesideTheColumnsThatAreNamed() throws Exception {
    insertMany(3);
    Source<String, Position> source =
        people()
            .key("at", "id")
            .columns("name", "id")
            .rows(row ->
                row.getLong("id") + row.getString("name") + row.getLong(2) + row.getString(3));

    assertThat(Resuming.stoppedAtEveryItem(source)).containsExactly("1p11p1", "2p22p2", "3p33p3");
    assertThat(Resuming.values(people().key("name").rows(row -> row.getString(2) + row.getLong(1))))
        .containsExactly("p11", "p22", "p33");
  }

  @Test
  void r15_aKeyThatIsNotUniqueOrMayBeNullIsRefused() {
    assertThatThrownBy(() -> ids(people().key("at")).open(null, Optional.empty()))
        .hasMessageContaining("the key [at] of person is not unique")
        .hasMessageContaining("primary key as its last column");
    assertThatThrownBy(() -> ids(people().key("nickname")).open(null, Optional.empty()))
        .hasMessageContaining("'nickname' of person may be null");
    assertThatThrownBy(() -> ids(people().key("none")).open(null, Optional.empty()))
        .hasMessageContaining("no column 'none'");
    assertThatThrownBy(() ->
            ids(Sources.keyset(database.dataSource(), "nobody; DROP TABLE person").key("id"))
                .open(null, Optional.empty()))
        .hasMessageContaining("nobody; DROP TABLE person");
    assertThatThrownBy(() -> ids(people())).hasMessageContaining("call key(...)");
  }

  @Test
  void r15_twoRowsWithOneKeyAreRefusedEvenIfTheKeyIsTrusted() {
    insertMany(10);
    database.execute("CREATE VIEW times AS SELECT at, id FROM person");
    Keyset view = Sources.keyset(database.dataSource(), "times").pageSize(4);

    assertThatThrownBy(() -> Resuming.values(ids(view.key("at").trustingKey())))
        .hasMessageContaining("two rows of times have the key");
    assertThatThrownBy(() -> Resuming.values(ids(view.key("at", "id"))))
        .hasMessageContaining("may be null");
  }

  @Test
  void r15_aPositionOfAnotherKeyIsRefused() {
    assertThatThrownBy(() ->
            Resuming.read(
                ids(people().key("at", "id")), new Position(List.of("1"), null), Optional.empty()))
        .hasMessageContaining("does not belong to the key [at, id]");
  }

  /** Its rows are in another order, so those behind the position are others. */
  @Test
  void r15_aPositionOfAKeyWithAsManyColumnsIsRefused() throws Exception {
    insertMany(10);
    SplittableSource<Long, Position> before = ids(people().key("at", "id").upToLastRowNow());
    Position position = Resuming.read(before, null, Optional.empty()).get(4).position();
    Optional<String> pinned = before.pin();
    String part = before.split(2).get(1);
    SplittableSource<Long, Position> now = ids(people().key("id", "at").upToLastRowNow());

    for (ThrowingCallable reading :
        List.<ThrowingCallable>of(
            () -> Resuming.read(now, position, Optional.empty()),
            () -> Resuming.read(now, null, pinned),
            () -> Resuming.values(now.part(part)))) {
      assertThatThrownBy(reading)
          .hasMessageContaining("of the key [at, id] does not belong to the key [id, at]")
          .hasMessageEndingWith("[CAIRN-323]");
    }
  }

  /** As Go writes it, and as people do who set a cursor. */
  @Test
  void r15_aPositionWithoutTheNamesOfItsColumnsIsAccepted() throws Exception {
    insertMany(10);
    assertThat(new Position(List.of("8"), null))
        .isEqualTo(new Position(List.of("8"), List.of("id")))
        .hasSameHashCodeAs(new Position(List.of("8"), List.of("id")));

    assertThat(
            Resuming.read(
                ids(people().key("id")), new Position(List.of("8"), null), Optional.empty()))
        .extracting(Item::value)
        .containsExactly(9L, 10L);
  }

  @Test
  void r17_thePartsHoldEveryRowOnceAndTheLastOneTakesWhatComesLater() throws Exception {
    insertMany(23);
    for (int parts : new int[] {1, 2, 5, 40}) {
      SplittableSource<Long, Position> source = ids(people().key("at", "id"));
      List<String> descriptions = source.split(parts);
      var all = new ArrayList<Long>();
      for (String description : descriptions) {
        List<Long> part = Resuming.stoppedAtEveryItem(source.part(description));
        assertThat(part)
            .as("%s of %d parts", description, parts)
            .hasSizeBetween(Math.max(1, 23 / parts), (22 + parts) / parts);
        all.addAll(part);
      }
      assertThat(descriptions).hasSize(Math.min(parts, 23));
      assertThat(all).hasSize(23).isSorted();
    }
    SplittableSource<Long, Position> some =
        ids(people().key("id").where("id > ? AND id <= ?", 4, 9));
    assertThat(some.split(2)).hasSize(2);
    assertThat(Resuming.values(some.part(some.split(2).getFirst()))).containsExactly(5L, 6L, 7L);
    SplittableSource<Long, Position> source = ids(people().key("id"));
    List<String> pinned = source.split(2);
    insert(24, "later", "2026-01-01");
    assertThat(Resuming.values(source.part(pinned.get(1)))).endsWith(23L, 24L);
  }

  @Test
  void r25_noConnectionIsHeldWhileARowIsWorked() throws Exception {
    insertMany(7);
    try (Source.Reader<Long, Position> reader =
        ids(people().key("id")).open(null, Optional.empty())) {
      reader.next();
      assertThat(
              database.number(
                  "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"))
          .isZero();
      assertThat(database.execute("ALTER TABLE person ADD COLUMN more text")).isZero();
    }
  }

  /** The second one would be behind the page, and the next page begins behind both. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void r15_norAreTwoRowsWithOneKeyThatStandAtTheEndOfAPage(int pageSize) {
    insertMany(7);
    database.execute("UPDATE person SET at = '2026-01-01'::timestamptz + id * interval '1 s'");
    database.execute("UPDATE person SET at = '2026-01-01 00:00:04 UTC' WHERE id = 5");
    database.execute("UPDATE person SET at = '2026-01-01 00:00:04 UTC' WHERE id = 4");
    Keyset keyset = people().key("at").trustingKey().pageSize(pageSize);

    assertThatThrownBy(() -> Resuming.values(ids(keyset)))
        .hasMessageContaining("two rows of person have the key");
  }

  /** Only the texts differ of what is equal where rows are sorted: one would be skipped. */
  @Test
  void r15_aKeyThatOnlyAnotherCollationMakesUniqueIsRefused() throws Exception {
    database.execute(
        "CREATE COLLATION IF NOT EXISTS any_case"
            + " (provider = icu, locale = 'und-u-ks-level2', deterministic = false)");
    database.execute("ALTER TABLE person ADD COLUMN login text COLLATE any_case");
    database.execute("CREATE UNIQUE INDEX login_by_bytes ON person (login COLLATE \"C\")");
    insertMany(4);
    database.execute(
        "UPDATE person SET login = CASE WHEN id % 2 = 0 THEN 'ann' ELSE 'ANN' END || id / 2");
    database.execute("ALTER TABLE person ALTER COLUMN login SET NOT NULL");

    assertThatThrownBy(() -> ids(people().key("login")).open(null, Optional.empty()))
        .hasMessageContaining("the key [login] of person is not unique");

    database.execute("UPDATE person SET login = 'p' || id");
    database.execute("CREATE UNIQUE INDEX login_by_rule ON person (login)");
    assertThat(Resuming.stoppedAtEveryItem(ids(people().key("login")))).hasSize(4);
  }

  @Test
  void r17_aColumnOfTheKeyMayHaveAnyName() throws Exception {
    insertMany(9);
    database.execute("ALTER TABLE person RENAME COLUMN name TO part");
    database.execute("ALTER TABLE person RENAME COLUMN code TO \"ntile\"");

    for (String column : List.of("part", "ntile")) {
      SplittableSource<Long, Position> source = ids(people().key(column, "id"));
      var all = new ArrayList<Long>();
      for (String description : source.split(3)) {
        all.addAll(Resuming.values(source.part(description)));
      }
      assertThat(all).as(column).hasSize(9).doesNotHaveDuplicates();
    }
  }

  @Test
  void r16_aPageMayBeAsLargeAsAny() throws Exception {
    insertMany(5);

    assertThat(Resuming.values(ids(people().key("id").pageSize(Integer.MAX_VALUE)))).hasSize(5);
  }
}
