package dev.cairn.programs;

/** Faults that are planted into the test kit: ways in which it was not like a client (H17). */
enum TestKitFault implements PlantedFault {
  KEYS_CHANGE_IN_EACH_ATTEMPT(
      20_261_127_004L,
      Feature.KEYS_IN_TEST_KIT,
      Planting.inTestKit("AttemptTemplate", "createdAt == null ? now : createdAt", "now")),
  ROLLED_BACK_TRANSACTION_COUNTS(
      20_261_127_026L,
      Feature.OWN_TRANSACTION_IN_TEST_KIT,
      Planting.inTestKit(
          "CommitMarks", "default -> Fate.ROLLED_BACK;", "default -> Fate.COMMITTED;")),
  COMMIT_COUNTS_FOR_OTHER_BRANCHES(
      20_261_129_694L,
      Feature.TRANSACTIONS_OF_BRANCHES_IN_TEST_KIT,
      Planting.inTestKit(
              "WorkersTransactions",
              "private final List<Completion> completions = new ArrayList<>();",
              """
              private final List<Completion> completions = new ArrayList<>();
              private volatile boolean someoneCommits;
              """)
          .andInTestKit(
              "WorkersTransactions",
              "T result = call.run(); context.memory().settle(null);",
              """
              T result = call.run();
              someoneCommits = true;
              context.memory().settle(null);
              someoneCommits = false;
              """)
          .andInTestKit(
              "WorkersTransactions",
              "Fate fate = fates.computeIfAbsent(each.mark(), mark -> marks().fate(mark, open));",
              "Fate fate = someoneCommits ? Fate.COMMITTED : marks().fate(each.mark(), open);")),
  FAILURE_UNDOES_A_COMPLETION(
      20_261_127_033L,
      Feature.COMPLETION_IN_TEST_KIT,
      Planting.inTestKit(
          "Judgement",
          "if (context.transactions().haveCompleted()) {",
          "if (thrown == null && context.transactions().haveCompleted()) {")),
  COLLISION_IS_NOT_TRIED_AGAIN(
      20_261_127_033L,
      Feature.COLLISION_IN_TEST_KIT,
      Planting.inTestKit("WorkersTransactions", "if (tries == TRIES_MAX ||", "if (tries > 0 ||")),
  UNSTORABLE_RESULT_IS_KEPT(
      20_261_127_192L,
      Feature.UNSTORABLE_IN_TEST_KIT,
      Planting.inTestKit(
          "MemoryCheckpoints",
          "context.requireActive(\"save\"); requireStorable(checkpoint);",
          "context.requireActive(\"save\");"));

  private final long seed;
  private final Feature feature;

  @SuppressWarnings("ImmutableEnumChecker") // it is
  private final Planting planting;

  TestKitFault(long seed, Feature feature, Planting planting) {
    this.seed = seed;
    this.feature = feature;
    this.planting = planting;
  }

  @Override
  public long seed() {
    return seed;
  }

  @Override
  public Planting planting() {
    return planting;
  }

  @Override
  public boolean isIn(Trial trial) {
    return TesterRunner.isFor(trial) && feature.isIn(trial);
  }

  @Override
  public boolean isOfTestKit() {
    return true;
  }
}
