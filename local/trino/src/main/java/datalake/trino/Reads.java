package datalake.trino;

import io.trino.plugin.hive.metastore.Table;
import io.trino.spi.connector.SchemaTableName;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** What each query under way reads. */
final class Reads {
  private final Map<String, Query> queries = new ConcurrentHashMap<>();

  Query of(String queryId) {
    return queries.computeIfAbsent(queryId, id -> new Query());
  }

  /** Forgets a query that has ended, and returns what it read. */
  Query end(String queryId) {
    Query query = queries.remove(queryId);
    return query == null ? new Query() : query;
  }

  /** What one query reads. */
  static final class Query {
    private final Map<String, List<StoredObject>> files = new ConcurrentHashMap<>();
    private final Set<SchemaTableName> tables = ConcurrentHashMap.newKeySet();
    private final AtomicLong bytes = new AtomicLong();

    /** Makes a file of objects known, under the location of the first. */
    void list(List<StoredObject> objects) {
      files.put(objects.get(0).location(), objects);
    }

    /** The objects of a file; null if it was not listed. */
    List<StoredObject> objects(String location) {
      return files.get(location);
    }

    /** Counts a table as one that is read. */
    void read(Table table) {
      tables.add(table.getSchemaTableName());
    }

    boolean isRead(String database, String table) {
      return tables.contains(new SchemaTableName(database, table));
    }

    /** Counts bytes that were read and are billed. */
    void count(long read) {
      bytes.addAndGet(read);
    }

    long bytes() {
      return bytes.get();
    }
  }
}
