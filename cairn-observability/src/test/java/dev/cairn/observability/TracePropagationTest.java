package dev.cairn.observability;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whether a propagator's entries say that a trace is not sampled. */
class TracePropagationTest {
  @ParameterizedTest
  @CsvSource({
    "true,  traceparent=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
    "true,  Traceparent=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-02",
    "false, traceparent=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "false, traceparent=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03",
    "false, traceparent=garbage",
    "false, traceparent=00--",
    "false, traceparent=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-",
    "true,  b3=0",
    "true,  b3=0af7651916cd43dd-b7ad6b7169203331-0",
    "true,  b3=0af7651916cd43dd-b7ad6b7169203331-0-05e3ac9a4f6e3b90",
    "false, b3=0af7651916cd43dd-b7ad6b7169203331-1",
    "false, b3=0af7651916cd43dd-b7ad6b7169203331-d",
    "false, b3=0af7651916cd43dd-b7ad6b7169203331",
    "true,  X-B3-TraceId=0af7651916cd43dd;X-B3-Sampled=0",
    "true,  x-b3-sampled=false",
    "false, X-B3-TraceId=0af7651916cd43dd;X-B3-Sampled=1",
    "false, X-B3-TraceId=0af7651916cd43dd;X-B3-SpanId=0",
    "false, x-b3-sampled=0;x-b3-flags=1",
    "true,  tracestate=vendor=1;b3=0",
    "false, b3=0;traceparent=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "false, tenant=0"
  })
  void whatIsNotSampledSaysSo(boolean expected, String entries) {
    Map<String, String> read =
        Arrays.stream(entries.split(";", -1))
            .map(entry -> entry.split("=", 2))
            .collect(Collectors.toMap(entry -> entry[0], entry -> entry[1]));

    assertThat(TracePropagation.isUnsampled(read)).isEqualTo(expected);
  }
}
