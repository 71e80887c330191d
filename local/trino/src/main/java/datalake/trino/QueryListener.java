package datalake.trino;

import io.trino.plugin.hive.HiveInputInfo;
import io.trino.spi.connector.SchemaTableName;
import io.trino.spi.eventlistener.EventListener;
import io.trino.spi.eventlistener.QueryCompletedEvent;
import io.trino.spi.eventlistener.QueryInputMetadata;
import io.trino.spi.eventlistener.TableInfo;
import java.util.ArrayList;
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
    parent.call(
        "completed",
        Map.of(
            "query", event.getContext().getTraceToken().orElse(""),
            "bytes", query.bytes(),
            "inputs", inputs(query, event)));
  }

  /**
   * The references to tables, also those of which a condition leaves nothing, for which Trino reads
   * nothing.
   */
  private static List<Map<String, Object>> inputs(Reads.Query query, QueryCompletedEvent event) {
    List<Map<String, Object>> inputs = new ArrayList<>();
    List<SchemaTableName> read = new ArrayList<>();
    for (QueryInputMetadata input : event.getIoMetadata().getInputs()) {
      inputs.add(input(query, input));
      read.add(new SchemaTableName(input.getSchema(), input.getTable()));
    }
    for (TableInfo table : event.getMetadata().getTables()) {
      if (!read.remove(new SchemaTableName(table.getSchema(), table.getTable()))) {
        inputs.add(
            Map.of(
                "database",
                table.getSchema(),
                "table",
                table.getTable(),
                "partitions",
                0,
                "all",
                false));
      }
    }
    return inputs;
  }

  /**
   * Partitions are chosen by a condition, or else all of the table are read, or none if it was
   * never listed.
   */
  private static Map<String, Object> input(Reads.Query query, QueryInputMetadata input) {
    int chosen =
        input.getConnectorInfo().orElse(null) instanceof HiveInputInfo info
            ? info.getPartitionIds().size()
            : 0;
    boolean all = chosen == 0 && query.isRead(input.getSchema(), input.getTable());
    return Map.of(
        "database", input.getSchema(), "table", input.getTable(), "partitions", chosen, "all", all);
  }
}
