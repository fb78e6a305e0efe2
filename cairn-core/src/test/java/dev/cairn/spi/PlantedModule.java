package dev.cairn.spi;

import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.deser.std.StdScalarDeserializer;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdScalarSerializer;

/** A module on the class path, as those for Kotlin are. */
public final class PlantedModule extends SimpleModule {
  private static final long serialVersionUID = 1;

  /** For the {@link java.util.ServiceLoader}. */
  public PlantedModule() {
    super("planted");
    addSerializer(Planted.class, new Writer());
    addDeserializer(Planted.class, new Reader());
  }

  /** A type that Jackson cannot read by itself. */
  static final class Planted {
    private final String name;

    private Planted(String first, String second) {
      this.name = first + second;
    }

    static Planted of(String name) {
      return new Planted(name, "");
    }

    public String getName() {
      return name;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Planted that && name.equals(that.name);
    }

    @Override
    public int hashCode() {
      return name.hashCode();
    }
  }

  private static final class Writer extends StdScalarSerializer<Planted> {
    Writer() {
      super(Planted.class);
    }

    @Override
    public void serialize(Planted value, JsonGenerator json, SerializationContext context) {
      json.writeString("planted:" + value.name);
    }
  }

  private static final class Reader extends StdScalarDeserializer<Planted> {
    Reader() {
      super(Planted.class);
    }

    @Override
    public Planted deserialize(JsonParser json, DeserializationContext context) {
      return Planted.of(json.getString().substring("planted:".length()));
    }
  }
}
