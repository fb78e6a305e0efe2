package dev.cairn.resumable;

import dev.cairn.Job;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/**
 * Derives ids from the properties of a job that never change, so that the ids need not be stored.
 * They are the same in every attempt and process, and different for different jobs. The time of
 * insertion is included because another database starts its job ids from the beginning.
 */
record StableKeys(Job<?> job) {
  /**
   * An id for one use within the job. Different parts give different ids, whatever they contain.
   *
   * @param branch the path of the branch that uses it
   */
  UUID id(String use, String branch, String... names) {
    MessageDigest digest = sha256();
    add(digest, job.kind());
    add(digest, Long.toString(job.id()));
    add(digest, job.createdAt().toString());
    add(digest, use);
    add(digest, branch);
    for (String name : names) {
      add(digest, name);
    }
    ByteBuffer hash = ByteBuffer.wrap(digest.digest());
    // Version 8 of RFC 9562: an id by a custom rule.
    long most = (hash.getLong() & ~0xF000L) | 0x8000L;
    long least = (hash.getLong() & ~(3L << 62)) | (2L << 62);
    return new UUID(most, least);
  }

  private static void add(MessageDigest digest, String part) {
    byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
    digest.update(bytes);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
