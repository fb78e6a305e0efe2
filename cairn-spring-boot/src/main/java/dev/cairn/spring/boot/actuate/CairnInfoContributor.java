package dev.cairn.spring.boot.actuate;

import dev.cairn.Cairn;
import dev.cairn.ClientStatus;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.actuate.info.InfoContributor;

/** The version of Cairn, the client's id, and its queues. */
public final class CairnInfoContributor implements InfoContributor {
  private final Cairn client;

  /** About this client. */
  public CairnInfoContributor(Cairn client) {
    this.client = client;
  }

  @Override
  public void contribute(Info.Builder builder) {
    ClientStatus status = client.status();
    if (status == null) { // the mock of a test
      return;
    }
    Map<String, Object> details = new LinkedHashMap<>();
    String version = Cairn.class.getPackage().getImplementationVersion();
    if (version != null) {
      details.put("version", version);
    }
    details.put("client", client.id());
    var queues = new TreeMap<String, Integer>();
    status.queues().forEach((name, queue) -> queues.put(name, queue.maxWorkers()));
    details.put("queues", queues);
    builder.withDetail("cairn", details);
  }
}
