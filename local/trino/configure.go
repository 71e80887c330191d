package trino

import (
	"embed"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

//go:embed etc
var configuration embed.FS

// configure writes the server's configuration, readable by this user alone since it names who may query.
func (p *process) configure() error {
	values := map[string]string{"PORT": strconv.Itoa(p.port), "USER": p.user}
	return fs.WalkDir(configuration, "etc", func(name string, entry fs.DirEntry, err error) error {
		path := filepath.Join(p.config.Directory, strings.TrimPrefix(name, "etc"))
		if err != nil || entry.IsDir() {
			return errors.Join(err, os.MkdirAll(path, 0o700))
		}
		text, err := configuration.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(path, []byte(os.Expand(string(text), func(key string) string { return values[key] })), 0o600)
	})
}

// arguments are those of Java's command, beside which is the configuration.
func (p *process) arguments() []string {
	home := p.config.Home
	archive := "-XX:SharedArchiveFile="
	if p.config.Archive {
		archive = "-XX:ArchiveClassesAtExit="
	}
	classes := []string{
		filepath.Join(home, jar),
		filepath.Join(home, "jars", "*"),
		filepath.Join(home, "hive", "trino-hive-"+Version, "*"),
	}
	return []string{
		"@jvm.config",
		archive + filepath.Join(home, "classes.jsa"),
		"-cp", strings.Join(classes, string(os.PathListSeparator)),
		"datalake.trino.Main", Version,
	}
}
