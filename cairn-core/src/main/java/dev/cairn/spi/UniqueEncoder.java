package dev.cairn.spi;

import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/** Writes arguments in the form for a unique key, with the names of a mapper. Thread-safe. */
final class UniqueEncoder {
  private final JsonMapper mapper;
  private final UniqueMarks marks;

  UniqueEncoder(JsonMapper mapper) {
    this.mapper =
        mapper
            .rebuild()
            .addModule(new SimpleModule("cairn-unique").setSerializerModifier(new GoTimes()))
            .build();
    this.marks = new UniqueMarks(mapper);
  }

  /** Refuses a type with a mark that cannot be honoured. */
  void require(Class<?> type) {
    if (MarkedMembers.within(type)) {
      var ignored = marks.of(type);
    }
  }

  String encode(Object args) {
    var tokens = new UniqueTokens(mapper._serializationContext(), marks);
    mapper.writeValue(tokens, args);
    return UniqueText.of(tokens, marks.of(args.getClass()).hasMarks());
  }
}
