package datalake.trino;

import io.trino.plugin.hive.HiveInputInfo;
import io.trino.spi.eventlistener.EventListener;
import io.trino.spi.eventlistener.QueryCompletedEvent;
import io.trino.spi.eventlistener.QueryInputMetadata;
import java.util.List;
import java.util.Map;

/** Reports to the parent what a query read, once it has ended. */
final class QueryListener implements EventListener {
  private final Parent parent;
  private final Reads reads;

  QueryListener(Parent parent, Reads reads) {
    this.parent = parent;
    this.reads = reads;
  }

  @Override
  public void queryCompleted(QueryCompletedEvent event) {
    Reads.Query query = reads.end(event.getMetadata().getQueryId());
    List<QueryInputMetadata> inputs =
        event.getIoMetadata().getInputs().stream()
            .filter(input -> input.getConnectorInfo().orElse(null) instanceof HiveInputInfo)
            .toList();
    long read = inputs.stream().mapToLong(input -> input.getPhysicalInputBytes().orElse(0)).sum();
    parent.call(
        "completed",
        Map.of(
            "query", event.getContext().getTraceToken().orElse(""),
            "bytes", read - query.unbilled(),
            "inputs", inputs.stream().map(input -> input(query, input)).toList()));
  }

  /**
   * Partitions are chosen by a condition, or else all of the table are read, or none if it was
   * never listed.
   */
  private static Map<String, Object> input(Reads.Query query, QueryInputMetadata input) {
    int chosen = ((HiveInputInfo) input.getConnectorInfo().orElseThrow()).getPartitionIds().size();
    boolean all = chosen == 0 && query.isRead(input.getSchema(), input.getTable());
    return Map.of(
        "database", input.getSchema(), "table", input.getTable(), "partitions", chosen, "all", all);
  }
}
