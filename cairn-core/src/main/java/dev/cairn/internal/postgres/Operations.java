package dev.cairn.internal.postgres;

import dev.cairn.internal.store.JobChange;
import tools.jackson.databind.json.JsonMapper;

/** Records on a job what operators have done to it. */
final class Operations {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  /** The time of the transaction, in the format of the metadata. */
  static final String NOW =
      "to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";

  /**
   * The last fifty operations on {@code job} as a piece of metadata, with {@code :operation} added.
   */
  static final String ADDED =
      Template.of(
              """
              jsonb_build_object('{operations_key}', (
                SELECT jsonb_agg(operation ORDER BY place)
                FROM (
                  SELECT operation, place
                  FROM jsonb_array_elements(
                    CASE WHEN jsonb_typeof(job.metadata -> '{operations_key}') = 'array'
                      THEN job.metadata -> '{operations_key}' ELSE '[]' END
                    || jsonb_build_array(jsonb_build_object('at', {now}) || :operation::jsonb))
                    WITH ORDINALITY AS listed (operation, place)
                  ORDER BY place DESC
                  LIMIT 50
                ) AS latest))\
              """)
          .with("now", NOW)
          .sql();

  private Operations() {}

  /** The JSON of a change, as it is recorded on the job. */
  static String text(JobChange change) {
    var operation = MAPPER.createObjectNode().put("verb", change.verb()).put("by", change.by());
    if (change.detail() != null) {
      operation.put("detail", change.detail());
    }
    if (change.reason() != null) {
      operation.put("reason", change.reason());
    }
    return operation.toString();
  }
}
