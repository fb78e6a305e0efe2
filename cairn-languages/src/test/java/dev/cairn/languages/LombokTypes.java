package dev.cairn.languages;

import dev.cairn.JobKind;
import dev.cairn.Unique;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import lombok.AllArgsConstructor;
import lombok.Builder;
import lombok.Data;
import lombok.EqualsAndHashCode;
import lombok.NoArgsConstructor;
import lombok.NonNull;
import lombok.Singular;
import lombok.Value;
import lombok.With;
import lombok.experimental.Accessors;
import lombok.experimental.NonFinal;
import lombok.experimental.SuperBuilder;
import lombok.extern.jackson.Jacksonized;

/** Types as users of Lombok write them. */
final class LombokTypes {
  private LombokTypes() {}

  /** Immutable; its one public constructor takes all fields. */
  @Value
  @JobKind("lombok_order")
  static class Order {
    @Unique long number;
    @With String note;
    BigDecimal amount;
    List<Line> lines;
  }

  @Value
  static class Line {
    String sku;
    int count;
  }

  /** One field only, which could be taken for a value on its own. */
  @Value
  @JobKind("lombok_ticket")
  static class Ticket {
    String code;
  }

  /** Mutable: a constructor without parameters, and setters. */
  @Data
  @JobKind("lombok_mail")
  static class Mail {
    private String to;
    private Instant at;
    private boolean urgent;
  }

  @Data
  @NoArgsConstructor
  @AllArgsConstructor
  static class Position {
    private Instant at;
    private long id;
  }

  // docs: kotlin.md
  @Value
  @Builder
  @Jacksonized // and lombok.jacksonized.jacksonVersion += 3 in lombok.config
  @JobKind("lombok_import")
  static class ImportCatalog {
    @NonNull String catalog;
    @Builder.Default int batch = 100;
    @Singular List<String> tags;
  }

  // end docs

  @Value
  @NonFinal
  @SuperBuilder
  @Jacksonized
  static class Base {
    String name;
  }

  @Value
  @EqualsAndHashCode(callSuper = true)
  @SuperBuilder
  @Jacksonized
  static class Derived extends Base {
    int size;
  }

  /** A builder that Jackson is not told of, and no constructor that it may use. */
  @Value
  @Builder
  @JobKind("lombok_unread")
  static class UnreadBuilder {
    String name;
    int size;
  }

  /** Accessors that Jackson does not take for those of properties. */
  @Data
  @Accessors(fluent = true)
  @JobKind("lombok_fluent")
  static class Fluent {
    private String name = "";
  }
}
