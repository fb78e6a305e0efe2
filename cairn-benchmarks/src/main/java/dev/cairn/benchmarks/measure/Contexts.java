package dev.cairn.benchmarks.measure;

/**
 * Which jobs carry the trace context of their insertion, and which of them share one. Insertions
 * that are sampled are spread evenly over all of them.
 *
 * @param sampledPercent how many insertions of a hundred are sampled: the jobs of the others carry
 *     nothing
 * @param together how many jobs are inserted at once, as by {@code insertMany}: they have the same
 *     context
 */
public record Contexts(int sampledPercent, int together) {
  /** How many jobs carry a context, of a table with this number of them. */
  public int carriedBy(int jobs) {
    int whole = jobs / together;
    int rest = isSampled(whole) ? jobs % together : 0;
    return sampledOf(whole) * together + rest;
  }

  /**
   * How many of these attempts must at least have been recorded. Chance decides about each if not
   * all are; half of the expected number never come about by chance.
   */
  public int recordedOf(int attempts) {
    return sampledPercent == 100 ? attempts : sampledOf(attempts) / 2;
  }

  private int sampledOf(int insertions) {
    return Math.toIntExact((long) insertions * sampledPercent / 100);
  }

  private boolean isSampled(int insertion) {
    return sampledOf(insertion + 1) > sampledOf(insertion);
  }

  /** The metadata of the job with a {@code number} from 1, in SQL. */
  String metadata() {
    return """
    CASE WHEN ({insertion} + 1) * {sampled} / 100 > {insertion} * {sampled} / 100
      THEN jsonb_build_object('traceparent',
        '00-' || md5({insertion}::text) || '-' || left(md5('span ' || {insertion}), 16)
          || '-01')
      ELSE '{}'::jsonb END
    """
        .replace("{insertion}", "((number - 1) / %d)::bigint".formatted(together))
        .replace("{sampled}", Integer.toString(sampledPercent));
  }
}
