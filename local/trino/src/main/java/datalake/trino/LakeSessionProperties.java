package datalake.trino;

import static io.trino.spi.session.PropertyMetadata.booleanProperty;
import static io.trino.spi.session.PropertyMetadata.stringProperty;

import io.trino.plugin.base.session.SessionPropertiesProvider;
import io.trino.spi.session.PropertyMetadata;
import java.util.List;

/** What the parent sets for a query. */
public final class LakeSessionProperties implements SessionPropertiesProvider {
  static final String QUERY_TIME = "query_time";
  static final String JOIN_OBJECTS = "join_objects";

  @Override
  public List<PropertyMetadata<?>> getSessionProperties() {
    return List.of(
        stringProperty(
            QUERY_TIME,
            "The instant that now() gives, as ISO 8601; the real time if not set",
            null,
            false),
        booleanProperty(
            JOIN_OBJECTS,
            "Read a partition's small JSON objects one after the other as one file: the same rows,"
                + " sooner",
            false,
            false));
  }
}
