package datalake.trino;

import static io.trino.plugin.hive.metastore.MetastoreUtil.toPartitionName;
import static io.trino.plugin.hive.util.HiveUtil.toPartitionValues;
import static io.trino.spi.StandardErrorCode.NOT_SUPPORTED;
import static java.util.stream.Collectors.toMap;

import com.fasterxml.jackson.databind.JsonNode;
import io.trino.plugin.hive.HiveType;
import io.trino.plugin.hive.PartitionStatistics;
import io.trino.plugin.hive.TableType;
import io.trino.plugin.hive.metastore.Column;
import io.trino.plugin.hive.metastore.Database;
import io.trino.plugin.hive.metastore.HiveMetastore;
import io.trino.plugin.hive.metastore.Partition;
import io.trino.plugin.hive.metastore.Storage;
import io.trino.plugin.hive.metastore.StorageFormat;
import io.trino.plugin.hive.metastore.Table;
import io.trino.spi.TrinoException;
import io.trino.spi.connector.RelationType;
import io.trino.spi.security.PrincipalType;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.StreamSupport;

/** The parent's catalog as a Hive metastore that can be read and not written. */
final class LakeMetastore {
  private final Parent parent;

  private LakeMetastore(Parent parent) {
    this.parent = parent;
  }

  /**
   * A metastore has some sixty methods, most of them for writing: those that are not here are
   * refused.
   */
  static HiveMetastore over(Parent parent) {
    LakeMetastore metastore = new LakeMetastore(parent);
    return (HiveMetastore)
        Proxy.newProxyInstance(
            LakeMetastore.class.getClassLoader(),
            new Class<?>[] {HiveMetastore.class},
            (proxy, method, arguments) -> metastore.answer(method, arguments));
  }

  @SuppressWarnings("unchecked")
  private Object answer(Method method, Object[] with) {
    return switch (method.getName()) {
      case "getAllDatabases" -> texts(parent.call("databases"));
      case "getDatabase" -> database((String) with[0]);
      case "getTables" -> tables((String) with[0]);
      case "getTable" -> table((String) with[0], (String) with[1]);
      case "getPartitionNamesByFilter" ->
          partitionNames((String) with[0], (String) with[1], (List<String>) with[2]);
      case "getPartitionsByNames" -> partitions((Table) with[0], (List<String>) with[1]);
      case "getPartition" -> partition((Table) with[0], (List<String>) with[1]);
      case "getTableStatistics" -> PartitionStatistics.empty();
      case "getPartitionStatistics" ->
          ((List<Partition>) with[1])
              .stream()
                  .collect(
                      toMap(
                          p -> partitionName((Table) with[0], p),
                          p -> PartitionStatistics.empty()));
      case "getAllTables", "getAllViews", "getAllRelationTypes" -> Optional.empty();
      case "getRelationTypes" ->
          tables((String) with[0]).stream()
              .collect(toMap(name -> name, name -> RelationType.TABLE));
      case "getViews", "getTablesWithParameter", "getAllFunctions", "getFunctions" -> List.of();
      case "getSupportedColumnStatistics", "listTablePrivileges", "listRoles" -> Set.of();
      default ->
          throw new TrinoException(
              NOT_SUPPORTED, "The catalog can only be read: " + method.getName());
    };
  }

  private Optional<Database> database(String name) {
    if (!texts(parent.call("databases")).contains(name)) {
      return Optional.empty();
    }
    return Optional.of(
        Database.builder()
            .setDatabaseName(name)
            .setOwnerName(Optional.of("lake"))
            .setOwnerType(Optional.of(PrincipalType.ROLE))
            .build());
  }

  private List<String> tables(String database) {
    return texts(parent.call("tables", Map.of("database", database)));
  }

  private Optional<Table> table(String database, String name) {
    JsonNode table = parent.call("table", Map.of("database", database, "table", name));
    if (table.isNull()) {
      return Optional.empty();
    }
    return Optional.of(
        Table.builder()
            .setDatabaseName(database)
            .setTableName(name)
            .setOwner(Optional.empty())
            .setTableType(TableType.EXTERNAL_TABLE.name())
            .setDataColumns(columns(table.get("Columns")))
            .setPartitionColumns(columns(table.get("PartitionKeys")))
            .setParameters(textMap(table.get("Parameters")))
            .withStorage(
                storage ->
                    storage
                        .setLocation(table.get("Location").asText())
                        .setSerdeParameters(textMap(table.at("/SerDe/Parameters")))
                        .setStorageFormat(
                            StorageFormat.create(
                                table.at("/SerDe/Library").asText(),
                                table.get("InputFormat").asText(),
                                table.get("OutputFormat").asText())))
            .build());
  }

  private Optional<List<String>> partitionNames(String database, String table, List<String> keys) {
    List<String> names = new ArrayList<>();
    for (JsonNode values :
        parent.call("partitionValues", Map.of("database", database, "table", table))) {
      names.add(toPartitionName(keys, texts(values)));
    }
    return Optional.of(names);
  }

  private Optional<Partition> partition(Table table, List<String> values) {
    return partitions(table, List.of(toPartitionName(keys(table), values)))
        .values()
        .iterator()
        .next();
  }

  private Map<String, Optional<Partition>> partitions(Table table, List<String> names) {
    List<List<String>> values = names.stream().map(name -> toPartitionValues(name)).toList();
    JsonNode found =
        parent.call(
            "partitions",
            Map.of(
                "database",
                table.getDatabaseName(),
                "table",
                table.getTableName(),
                "values",
                values));
    Map<String, Optional<Partition>> partitions = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      partitions.put(names.get(i), partition(table, values.get(i), found.get(i)));
    }
    return partitions;
  }

  private static Optional<Partition> partition(
      Table table, List<String> values, JsonNode partition) {
    if (partition.isNull()) {
      return Optional.empty();
    }
    List<Column> own = columns(partition.path("Columns"));
    Storage storage = table.getStorage();
    return Optional.of(
        Partition.builder()
            .setDatabaseName(table.getDatabaseName())
            .setTableName(table.getTableName())
            .setValues(values)
            .setColumns(own.isEmpty() ? table.getDataColumns() : own)
            .withStorage(
                builder ->
                    builder
                        .setLocation(partition.get("Location").asText())
                        .setSerdeParameters(storage.getSerdeParameters())
                        .setStorageFormat(storage.getStorageFormat()))
            .build());
  }

  private static String partitionName(Table table, Partition partition) {
    return toPartitionName(keys(table), partition.getValues());
  }

  private static List<String> keys(Table table) {
    return table.getPartitionColumns().stream().map(Column::getName).toList();
  }

  private static List<Column> columns(JsonNode columns) {
    return StreamSupport.stream(columns.spliterator(), false)
        .map(
            column ->
                new Column(
                    column.get("Name").asText(),
                    HiveType.valueOf(column.get("Type").asText()),
                    Optional.empty(),
                    Map.of()))
        .toList();
  }

  private static List<String> texts(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).map(JsonNode::asText).toList();
  }

  private static Map<String, String> textMap(JsonNode map) {
    Map<String, String> texts = new LinkedHashMap<>();
    map.fields().forEachRemaining(entry -> texts.put(entry.getKey(), entry.getValue().asText()));
    return texts;
  }
}
