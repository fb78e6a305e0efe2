package javax.crac;

/** See {@link Core}. */
public final class RestoreException extends Exception {
  private static final long serialVersionUID = 1L;
}
