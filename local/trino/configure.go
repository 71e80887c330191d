package trino

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// configure writes the server's configuration, readable by this user alone since it names who may query.
func (p *process) configure() error {
	rules, err := json.Marshal(map[string]any{
		"queries":            []any{map[string]any{"user": p.user, "allow": []string{"execute", "kill", "view"}}},
		"system_information": []any{map[string]any{"user": p.user, "allow": []string{"read"}}},
	})
	if err != nil {
		return err
	}
	files := map[string]string{
		"config.properties": properties(
			"coordinator=true",
			"node-scheduler.include-coordinator=true",
			fmt.Sprintf("http-server.http.port=%d", p.port),
			fmt.Sprintf("discovery.uri=http://127.0.0.1:%d", p.port),
			"node.bind-ip=127.0.0.1",
			"node.internal-address=127.0.0.1",
			"node.environment=local",
			"node.id=local",
			"catalog.management=static",
			"catalog.config-dir=catalog",
			"log.levels-file=log.properties",
			"access-control.config-files=access-control.properties",
			"web-ui.enabled=false",
			// What does not fit into memory goes to disk.
			"spill-enabled=true",
			"spiller-spill-path=spill",
			// Athena's limit for a DML query (service quotas).
			"query.max-execution-time=30m",
		),
		"catalog/" + CatalogName + ".properties": properties(
			"connector.name=lake",
			"hive.recursive-directories=true",
			// 21,384 objects lie in 1,944 partitions: Athena has no such limit.
			"hive.max-partitions-per-scan=10000000",
			"hive.partition-projection-enabled=true",
			// A split of lines reads on to the end of its last line, which the next one reads again: an object is one split.
			"hive.max-initial-split-size=1PB",
			"hive.max-split-size=1PB",
			// Athena reads Parquet by name, and bills the columns that a query reads and nothing around them.
			"hive.parquet.use-column-names=true",
			"parquet.small-file-threshold=0B",
			"parquet.max-merge-distance=0B",
			"parquet.use-column-index=false",
			"parquet.use-bloom-filter=false",
		),
		"access-control.properties": properties("access-control.name=file", "security.config-file=rules.json"),
		"rules.json":                string(rules),
		"log.properties":            properties("io.airlift=WARN", "Bootstrap=WARN", "org.glassfish=ERROR", "io.trino.event=WARN"),
	}
	for name, text := range files {
		path := filepath.Join(p.config.Directory, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func properties(lines ...string) string { return strings.Join(lines, "\n") + "\n" }

// arguments are those of Java's command. Trino is started for minutes, not for weeks: a compiler that is quick, classes from
// an archive, a collector that leaves a core to the queries.
func (p *process) arguments() []string {
	home := p.config.Home
	archive := "-XX:SharedArchiveFile="
	if p.config.Archive {
		archive = "-XX:ArchiveClassesAtExit="
	}
	return []string{
		"-Xms256M", "-XX:MaxRAMPercentage=25", // as much as the queries need, and no more than a quarter of the machine
		"-XX:+UseSerialGC",
		"-XX:TieredStopAtLevel=1",
		archive + filepath.Join(home, "classes.jsa"),
		"-Xlog:disable", "-Xlog:all=error:stderr", // standard output is for questions
		"-XX:+ExitOnOutOfMemoryError",
		"-Duser.timezone=UTC",
		"-Djol.skipDynamicAttach=true", "-Djol.skipHotspotSAAttach=true",
		"-Dconfig=config.properties",
		"-cp", strings.Join([]string{
			filepath.Join(home, "lake.jar"),
			filepath.Join(home, "jars", "*"),
			filepath.Join(home, "hive", "trino-hive-"+Version, "*"),
		}, string(os.PathListSeparator)),
		"datalake.trino.Main",
	}
}
