package dev.cairn.chaos.fleet;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The settings of one worker process. They are passed in the environment, which keeps the password
 * out of the list of processes.
 *
 * @param url the JDBC address, often that of a proxy
 * @param user the user; empty if the address contains it
 * @param password the password; empty if the address contains it
 * @param schema the schema of the tables
 * @param client the client's id
 * @param files the beginning of the paths of its files
 * @param heartbeatTimeout the heartbeat timeout of the client
 * @param retention how long jobs that have ended stay
 * @param pool the size of its connection pool
 * @param clockOffset by how much its clock is wrong
 * @param code the version of its code
 * @param pooled whether a pooler shares the connections between transactions
 * @param spared whether jobs must not end this process
 */
record WorkerSettings(
    String url,
    String user,
    String password,
    String schema,
    String client,
    String files,
    Duration heartbeatTimeout,
    Duration retention,
    int pool,
    Duration clockOffset,
    int code,
    boolean pooled,
    boolean spared) {
  /** The queue of the fleet. */
  static final String QUEUE = "chaos";

  /** The time between two polls of a client's own queue: longer than any campaign. */
  static final Duration OWN_POLL = Duration.ofHours(6);

  /** The queue of jobs that end their process. Spared workers do not work it. */
  static final String EXIT_QUEUE = "chaos-exit";

  /** The number of jobs that a worker works at a time. */
  static final int SLOTS = 6;

  /** The flush interval, which is Cairn's default. */
  static final Duration FLUSH_INTERVAL = Duration.ofMillis(500);

  /** The default size of the pool: enough for all slots, their branches, and the client itself. */
  static final int POOL = 12;

  private static final String PREFIX = "CAIRN_CHAOS_";

  /** The queue that only this client works, and only after a notification. */
  static String ownQueue(String client) {
    return "own-" + client;
  }

  Map<String, String> environment() {
    var variables = new LinkedHashMap<String, String>();
    variables.put(PREFIX + "URL", url);
    variables.put(PREFIX + "USER", user);
    variables.put(PREFIX + "PASSWORD", password);
    variables.put(PREFIX + "SCHEMA", schema);
    variables.put(PREFIX + "CLIENT", client);
    variables.put(PREFIX + "FILES", files);
    variables.put(PREFIX + "TIMEOUT", heartbeatTimeout.toString());
    variables.put(PREFIX + "RETENTION", retention.toString());
    variables.put(PREFIX + "POOL", Integer.toString(pool));
    variables.put(PREFIX + "CLOCK", clockOffset.toString());
    variables.put(PREFIX + "CODE", Integer.toString(code));
    variables.put(PREFIX + "POOLED", Boolean.toString(pooled));
    variables.put(PREFIX + "SPARED", Boolean.toString(spared));
    return variables;
  }

  static WorkerSettings ofEnvironment() {
    return new WorkerSettings(
        variable("URL"),
        variable("USER"),
        variable("PASSWORD"),
        variable("SCHEMA"),
        variable("CLIENT"),
        variable("FILES"),
        Duration.parse(variable("TIMEOUT")),
        Duration.parse(variable("RETENTION")),
        Integer.parseInt(variable("POOL")),
        Duration.parse(variable("CLOCK")),
        Integer.parseInt(variable("CODE")),
        Boolean.parseBoolean(variable("POOLED")),
        Boolean.parseBoolean(variable("SPARED")));
  }

  private static String variable(String name) {
    String value = System.getenv(PREFIX + name);
    if (value == null) {
      throw new IllegalStateException(
          "%s%s is not set: './cairn chaos' starts this process".formatted(PREFIX, name));
    }
    return value;
  }
}
