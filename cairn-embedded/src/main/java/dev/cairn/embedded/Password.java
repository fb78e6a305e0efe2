package dev.cairn.embedded;

import java.security.SecureRandom;
import java.util.HexFormat;
import org.postgresql.util.PasswordUtil;

/** The password of one server. It is random and stays in the memory of this process. */
record Password(String text) {
  private static final int BYTES = 24;
  private static final int SALT_BYTES = 16;

  /**
   * Repetitions slow down those who guess passwords. Nobody guesses 192 random bits, and each new
   * connection would pay for it: with PostgreSQL's 4,096 some 3 ms.
   */
  private static final int ITERATIONS = 1;

  static Password random() {
    return new Password(HexFormat.of().formatHex(randomBytes(BYTES)));
  }

  /**
   * What the server is given instead, also by way of files. It can check the password with this,
   * and nobody can log in with it.
   */
  String verifier() {
    return PasswordUtil.encodeScramSha256(text.toCharArray(), ITERATIONS, randomBytes(SALT_BYTES));
  }

  private static byte[] randomBytes(int number) {
    var bytes = new byte[number];
    new SecureRandom().nextBytes(bytes);
    return bytes;
  }

  /** Without the password. */
  @Override
  public String toString() {
    return "Password[hidden]";
  }
}
