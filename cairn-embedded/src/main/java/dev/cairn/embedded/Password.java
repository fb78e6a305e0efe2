package dev.cairn.embedded;

import java.security.SecureRandom;
import java.util.HexFormat;
import org.postgresql.util.PasswordUtil;

/** The password of one server. It is random and stays in the memory of this process. */
record Password(String text) {
  private static final int BYTES = 24;
  private static final int SALT_BYTES = 16;

  /**
   * Iterations slow down the guessing of passwords. Nobody can guess 192 random bits, and each new
   * connection would take longer: about 3 ms with PostgreSQL's default of 4,096.
   */
  private static final int ITERATIONS = 1;

  static Password random() {
    return new Password(HexFormat.of().formatHex(randomBytes(BYTES)));
  }

  /**
   * The verifier of the password, for the server and its files. The server can check the password
   * with it, and nobody can log in with it.
   */
  String verifier() {
    return PasswordUtil.encodeScramSha256(text.toCharArray(), ITERATIONS, randomBytes(SALT_BYTES));
  }

  private static byte[] randomBytes(int number) {
    var bytes = new byte[number];
    new SecureRandom().nextBytes(bytes);
    return bytes;
  }

  /** A text without the password. */
  @Override
  public String toString() {
    return "Password[hidden]";
  }
}
