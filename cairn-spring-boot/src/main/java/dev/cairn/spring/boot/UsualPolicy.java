package dev.cairn.spring.boot;

import dev.cairn.Cairn;
import dev.cairn.ResumePolicy;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;

/**
 * The policy of workers that say nothing: that of the client, which a customizer may have given
 * another one than the properties. Looked up when a job runs, because the client is built with the
 * workers.
 */
final class UsualPolicy implements Supplier<ResumePolicy> {
  private final ObjectProvider<Cairn> client;
  private final ResumePolicy properties;
  private volatile @Nullable ResumePolicy known;

  /**
   * @param properties the policy as long as there is no client, or none that stands out
   */
  UsualPolicy(ObjectProvider<Cairn> client, ResumePolicy properties) {
    this.client = client;
    this.properties = properties;
  }

  @Override
  public ResumePolicy get() {
    ResumePolicy policy = known;
    if (policy == null) {
      policy = ofClient();
      known = policy;
    }
    return policy == null ? properties : policy;
  }

  private @Nullable ResumePolicy ofClient() {
    Cairn unique = client.getIfUnique();
    return unique == null ? null : unique.resumePolicy();
  }
}
