package dev.cairn.opentelemetry;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A message of protocol buffers by the numbers of its fields; so much of it as a test needs. */
final class ProtoMessage {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final Map<Integer, List<Object>> fields = new HashMap<>();

  ProtoMessage(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      long tag = varint(in);
      fields
          .computeIfAbsent((int) (tag >>> 3), field -> new ArrayList<>())
          .add(value(in, (int) tag & 7));
    }
  }

  private static Object value(ByteBuffer in, int type) {
    return switch (type) {
      case VARINT -> varint(in);
      case FIXED64 -> in.getLong();
      case FIXED32 -> (long) in.getInt();
      case BYTES -> {
        var bytes = new byte[(int) varint(in)];
        in.get(bytes);
        yield bytes;
      }
      default -> throw new IllegalArgumentException("wire type " + type);
    };
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = in.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }

  private List<Object> all(int field) {
    return fields.getOrDefault(field, List.of());
  }

  boolean has(int field) {
    return fields.containsKey(field);
  }

  List<ProtoMessage> messages(int field) {
    return all(field).stream().map(bytes -> new ProtoMessage((byte[]) bytes)).toList();
  }

  byte[] bytes(int field) {
    return has(field) ? (byte[]) all(field).getFirst() : new byte[0];
  }

  String text(int field) {
    return new String(bytes(field), StandardCharsets.UTF_8);
  }

  long number(int field) {
    return has(field) ? (long) all(field).getFirst() : 0;
  }
}
