package dev.cairn.internal.claims;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.CairnException;
import dev.cairn.StandIn;
import dev.cairn.StoreUnavailableException;
import dev.cairn.TestLogs;
import dev.cairn.internal.claims.ClaimRegister.Sending;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.JobStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OrphanSearchTest {
  private static final Claim CLAIM = new Claim(1, Instant.EPOCH, "client");
  private static final Claim OTHER = new Claim(2, Instant.EPOCH, "client");

  private final ClaimRegister register = new ClaimRegister(Duration.ofMillis(1));

  /** What runs in the client's name, as the database says. */
  private final Set<Claim> running = new HashSet<>();

  /** Happens between the question and its answer. */
  private Runnable meanwhile = () -> {};

  private final StandIn<JobStore> jobs =
      StandIn.of(JobStore.class)
          .on(
              "claimsOf",
              call -> {
                Set<Claim> answer = Set.copyOf(running);
                meanwhile.run();
                return answer;
              });
  private final OrphanSearch search = new OrphanSearch("client", jobs.object(), register);

  @BeforeEach
  void refuseNothing() {
    refuse(claims -> false);
  }

  private List<Claim> handedBack() {
    return jobs.calls("handBack").stream()
        .flatMap(call -> call.list(1, Claim.class).stream())
        .toList();
  }

  /** Claims that nobody holds, with the jobs from 1 on, which one look has seen. */
  private void seeOrphans(int count) {
    for (int id = 1; id <= count; id++) {
      running.add(new Claim(id, CLAIM.attemptedAt(), CLAIM.clientId()));
    }
    search.look();
  }

  /** The database hands back claims, unless it refuses them. */
  private void refuse(Predicate<List<Claim>> refused) {
    jobs.on(
        "handBack",
        call -> {
          List<Claim> claims = call.list(1, Claim.class);
          if (refused.test(claims)) {
            throw new CairnException("refused by a trigger");
          }
          claims.forEach(running::remove);
          return Set.copyOf(claims);
        });
  }

  private HeldClaim answer(Sending sending, Claim claim) {
    HeldClaim held = sending.answered(List.of(claim)).getFirst();
    sending.close();
    return held;
  }

  @Test
  void whatTwoLooksHaveSeenIsHandedBackOnce() {
    running.add(CLAIM);

    search.look();
    assertThat(handedBack()).as("it may be on its way").isEmpty();
    assertThat(search.isSuspicious()).isTrue();
    search.look();
    search.look();

    assertThat(handedBack()).containsExactly(CLAIM);
    assertThat(search.isSuspicious()).isFalse();
  }

  /** It may have been discarded: another job may have taken its unique key. */
  @Test
  void whatWasHandedBackIsReported() {
    var reported = new ArrayList<Long>();
    search.whenHandedBack(reported::addAll);
    refuse(claims -> claims.contains(OTHER));

    seeOrphans(3);
    search.look();

    assertThat(reported).containsExactlyInAnyOrder(1L, 3L);
  }

  @Test
  void whatIsHeldIsNoOrphan() {
    running.add(CLAIM);
    answer(register.send(), CLAIM);

    search.look();
    search.look();

    assertThat(handedBack()).isEmpty();
    assertThat(search.isSuspicious()).isFalse();
  }

  @Test
  void anAnswerOnItsWayIsWaitedForHoweverLong() {
    Sending sending = register.send();
    running.add(CLAIM);

    search.look();
    search.look();
    search.look();
    HeldClaim held = answer(sending, CLAIM);
    search.look();

    assertThat(handedBack()).isEmpty();
    assertThat(search.isSuspicious()).isFalse();
    assertThat(register.knows(held.claim())).isTrue();
  }

  @Test
  void aLaterSendingDoesNotProtectWhatWasThereBefore() {
    running.add(CLAIM);
    search.look();

    Sending later = register.send();
    search.look();

    assertThat(handedBack()).containsExactly(CLAIM);
    later.close();
  }

  @Test
  void anAnswerThatWasLostIsHandedBackOnceItsSendingIsOver() {
    Sending sending = register.send();
    running.add(CLAIM);
    search.look();

    sending.close();
    search.look();

    assertThat(handedBack()).containsExactly(CLAIM);
  }

  @Test
  void anOutcomeOnItsWayKeepsTheClaimKnown() {
    HeldClaim held = answer(register.send(), CLAIM);
    running.add(CLAIM);
    held.end();
    register.ended(held);

    search.look();
    search.look();

    assertThat(handedBack()).isEmpty();
  }

  @Test
  void anOutcomeThatIsWrittenDuringTheLookMakesNoOrphan() {
    HeldClaim held = answer(register.send(), CLAIM);
    running.add(CLAIM);
    meanwhile =
        () -> {
          running.remove(CLAIM);
          register.over(held);
        };

    search.look();
    meanwhile = () -> {};
    search.look();

    assertThat(handedBack()).isEmpty();
  }

  @Test
  void aClaimThatIsAnsweredDuringTheLookMakesNoOrphan() {
    Sending sending = register.send();
    running.add(CLAIM);
    search.look();
    meanwhile = () -> answer(sending, CLAIM);

    search.look();
    meanwhile = () -> {};
    search.look();

    assertThat(handedBack()).isEmpty();
  }

  @Test
  void aClaimThatIsGoneAtTheSecondLookIsForgotten() {
    running.add(CLAIM);
    search.look();
    running.clear();
    search.look();
    running.add(CLAIM);

    search.look();

    assertThat(handedBack()).as("seen once since it came again").isEmpty();
  }

  @Test
  void aLookThatFailsKeepsTheSuspicion() {
    running.addAll(List.of(CLAIM, OTHER));
    search.look();
    jobs.on(
        "handBack",
        call -> {
          throw new StoreUnavailableException("on purpose", null);
        });
    assertThatThrownBy(search::look).isInstanceOf(StoreUnavailableException.class);
    assertThat(search.isSuspicious()).isTrue();

    jobs.on("handBack", call -> Set.copyOf(call.list(1, Claim.class)));
    search.look();

    assertThat(jobs.calls("handBack").getLast().list(1, Claim.class))
        .containsExactlyInAnyOrder(CLAIM, OTHER);
  }

  /** Seen before: twice as many failing statements as orphans, each second. */
  @Test
  void fewStatementsFailIfEachOrphanIsRefused() {
    seeOrphans(200);
    refuse(claims -> true);

    search.look();

    assertThat(jobs.calls("handBack")).hasSize(40);
    assertThat(TestLogs.warnings("Could not hand back 200 jobs, for example job")).isNotEmpty();
    assertThat(search.isSuspicious()).isTrue();
  }

  /** Seen before: nobody was left to be named, and the search failed for that. */
  @Test
  void whatFailsOnceIsHandedBackInParts() {
    seeOrphans(4);
    refuse(claims -> claims.size() == 4);

    search.look();

    assertThat(running).isEmpty();
  }

  @Test
  void theOthersAreHandedBackIfOneIsRefused() {
    seeOrphans(200);
    refuse(claims -> claims.stream().anyMatch(claim -> claim.jobId() == 7));

    search.look();

    assertThat(running).extracting(Claim::jobId).containsExactly(7L);
  }
}
