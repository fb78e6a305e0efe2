package dev.cairn.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.InsertDefaults;
import dev.cairn.InsertOptions;
import dev.cairn.JobInsert;
import dev.cairn.JobKind;
import dev.cairn.Unique;
import dev.cairn.UniqueOptions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class WithoutUniqueTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  @JobKind("unique_by_args")
  record ByArgs(@Unique String name) implements InsertDefaults {
    @Override
    public InsertOptions insertDefaults() {
      return InsertOptions.defaults()
          .withQueue("unique")
          .withUnique(UniqueOptions.byKind().withArgs());
    }
  }

  @Test
  void insertsWhatWouldBeADuplicateByItsOptionsOrItsArguments() {
    try (Cairn client =
        Cairn.builder(cairn.dataSource())
            .schema(cairn.schema())
            .middleware(new WithoutUnique())
            .build()) {
      InsertOptions unique = InsertOptions.defaults().withUnique(UniqueOptions.byKind());
      cairn.client().insert(new ByArgs("a"));

      assertThat(client.insert(new ByArgs("a")).isDuplicate()).isFalse();
      assertThat(client.insert(new ByArgs("a"), unique).isDuplicate()).isFalse();
      assertThat(client.insertManyFast(List.of(JobInsert.of(new ByArgs("a"))))).isEqualTo(1);

      assertThat(cairn.client().insert(new ByArgs("a")).isDuplicate()).isTrue();
      cairn.inserted(ByArgs.class).withQueue("unique").exactly(4);
    }
  }
}
