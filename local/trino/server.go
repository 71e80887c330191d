// Package trino runs Trino on this machine, over the tables of a catalog and the objects of a store.
//
// Trino is a child process that ends with this one, killed or not. What it is made of, Maven fetches (pom.xml); the plugin
// beside it asks this process for tables and objects, a line of JSON each way on its standard streams.
package trino

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"

	"datalake/local/glue"
	"datalake/local/objects"
	"datalake/local/resident"
)

// Version is Trino's, as pom.xml pins it: the last for Java 17, of the family that Athena's engine version 3 is.
const Version = "435"

// CatalogName is Athena's name for the Glue Data Catalog, lower case as Trino has it.
const CatalogName = "awsdatacatalog"

// Catalog knows the tables. *glue.Catalog is one.
type Catalog interface {
	Databases() []string
	// Tables are those of a database; the error is for a database that does not exist.
	Tables(database string) ([]glue.Table, error)
	// Table finds a table, or false.
	Table(database, name string) (glue.Table, bool)
}

// Config is what a server works with.
type Config struct {
	// Home is the folder that `make setup` built: local/trino/target.
	Home string
	// Directory takes the server's configuration and its log, trino.log. It is made if missing.
	Directory string
	// Archive makes the archive of classes, from which later servers start sooner, when the server ends.
	Archive bool
	// choosePort chooses where the server listens; nil is any port that is free.
	choosePort func() (int, error)
}

// jar is what of the folder is ours.
const jar = "lake.jar"

// Server is a Trino that runs once it is needed. Its methods may be called at one time, but not while what it reads is
// written. Close it after use.
type Server struct {
	config  Config
	lake    atomic.Pointer[lake]
	lock    sync.Mutex
	process *process
	peak    int64
}

// lake is what a server reads.
type lake struct {
	catalog Catalog
	objects *objects.Store
}

// New makes a server that does not run yet, and reads nothing before Serve has named a lake.
func New(config Config) (*Server, error) {
	var faults [2]error
	config.Home, faults[0] = filepath.Abs(config.Home) // the server runs in its own directory
	if home, err := filepath.EvalSymlinks(config.Home); err == nil {
		config.Home = home // the archive of classes is for jars at one place
	}
	config.Directory, faults[1] = filepath.Abs(config.Directory)
	if config.choosePort == nil {
		config.choosePort = freePort
	}
	return &Server{config: config}, errors.Join(faults[:]...)
}

// Serve lets the queries to come read a lake.
func (s *Server) Serve(catalog Catalog, objects *objects.Store) {
	s.lake.Store(&lake{catalog, objects})
}

// Start lets the server start, so that it runs when the first query comes, and returns at once. What goes wrong, the
// query is told.
func (s *Server) Start() { _, _ = s.running() }

// running is the process that takes queries, a new one if there is none or the last one has ended.
func (s *Server) running() (*process, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if p := s.process; p != nil {
		failure := context.Cause(p.ended)
		if failure == nil || p.started.Err() == nil && !errors.Is(failure, errTaken) {
			return p, nil // one that could not start would not another time
		}
	}
	s.end()
	var err error
	s.process, err = launch(s.config, s.lake.Load)
	return s.process, err
}

// end forgets a process that has ended.
func (s *Server) end() {
	if s.process != nil {
		s.peak = max(s.peak, resident.Of(s.process.command.ProcessState))
	}
	s.process = nil
}

// started is a process that answers. One that found its port taken is started again, on another.
func (s *Server) started(ctx context.Context) (*process, error) {
	for attempt := 1; ; attempt++ {
		p, err := s.running()
		if err == nil {
			err = p.await(ctx)
		}
		if attempt == 3 || !errors.Is(err, errTaken) {
			return p, err
		}
	}
}

// Address is where clients find a server.
type Address struct {
	Host string
	Port int
	// User is the name that a client must give; there is no password.
	User    string
	Catalog string
}

// JDBC is the address as a JDBC URL.
func (a Address) JDBC() string {
	return fmt.Sprintf("jdbc:trino://%s:%d/%s?user=%s", a.Host, a.Port, a.Catalog, a.User)
}

// Address starts the server if it does not run, and waits until it answers.
func (s *Server) Address() (Address, error) {
	p, err := s.started(context.Background())
	if err != nil {
		return Address{}, err
	}
	return Address{"127.0.0.1", p.port, p.user, CatalogName}, nil
}

// CommandLine is Trino's own command line for a server, not started yet.
func (s *Server) CommandLine(of Address, arguments ...string) *exec.Cmd {
	return exec.Command(java(), append([]string{
		"-jar", filepath.Join(s.config.Home, "trino-cli.jar"),
		"--server", fmt.Sprintf("http://%s:%d", of.Host, of.Port), "--user", of.User, "--catalog", of.Catalog,
	}, arguments...)...)
}

// Kill ends the server at once, as a crash would. A query that runs fails, and the next one starts another server.
func (s *Server) Kill() {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.process != nil {
		_ = s.process.command.Process.Kill() // it may have ended by itself
	}
}

// Close ends the server if it runs, and returns once it is gone.
func (s *Server) Close() error {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.process == nil {
		return nil
	}
	err := s.process.close()
	s.end()
	return err
}

// PeakBytes is the greatest resident size of the server that was closed.
func (s *Server) PeakBytes() int64 { return s.peak }
