package trino

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"time"
)

// process is a Trino that was started.
type process struct {
	config Config
	lake   func() *lake
	port   int
	// user is the name that alone may query: nobody else on this machine knows it.
	user    string
	command *exec.Cmd
	input   io.WriteCloser
	db      *sql.DB

	// started is done when it answers, ended when it does not any more, for a cause.
	started, ended context.Context
	answers        context.CancelFunc
	fail           context.CancelCauseFunc
	// queries are the *underWay by the ids that they were sent with.
	queries sync.Map
}

// launch starts a process, and returns at once.
func launch(config Config, lake func() *lake) (*process, error) {
	p := &process{config: config, lake: lake, user: rand.Text()}
	p.started, p.answers = context.WithCancel(context.Background())
	p.ended, p.fail = context.WithCancelCause(context.Background())
	if _, err := os.Stat(filepath.Join(config.Home, jar)); err != nil {
		return nil, fmt.Errorf("start Trino: it is not built: run `make setup` (%w)", err)
	}
	steps := []func() error{p.choose, p.configure, p.start, p.connect}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, fmt.Errorf("start Trino: %w", err)
		}
	}
	return p, nil
}

func (p *process) choose() (err error) {
	p.port, err = p.config.choosePort()
	return err
}

// freePort finds a port that nobody uses now. Trino has to be told one: its nodes find each other by it.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close()
}

func (p *process) start() error {
	log, err := os.Create(p.log())
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the child has its own
	p.command = exec.Command(java(), p.arguments()...)
	p.command.Dir, p.command.Stderr = p.config.Directory, log
	if p.input, err = p.command.StdinPipe(); err != nil {
		return err
	}
	output, err := p.command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := p.command.Start(); err != nil {
		return fmt.Errorf("%w: install a JDK 17, or set JAVA_HOME", err)
	}
	go p.attend(output)
	return nil
}

// java is the command that starts Java.
func java() string {
	if home := os.Getenv("JAVA_HOME"); home != "" {
		return filepath.Join(home, "bin", "java")
	}
	return "java"
}

// attend answers the child's questions until it ends.
func (p *process) attend(output io.Reader) {
	questions := bufio.NewReader(output)
	for {
		line, err := questions.ReadBytes('\n')
		if err != nil {
			break
		}
		if _, err := p.input.Write(p.reply(line)); err != nil {
			break
		}
	}
	_ = p.input.Close() // a child that does not take answers is to end
	p.fail(p.lastWords(p.command.Wait()))
}

// await returns when the server answers, or says why it does not.
func (p *process) await(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-p.started.Done():
		return nil
	case <-p.ended.Done():
		return fmt.Errorf("start Trino: %w", context.Cause(p.ended))
	}
}

// errTaken is the failure of a process whose port somebody took before it did.
var errTaken = errors.New("its port is taken")

// lastError is what was logged as an error last, or else last of all, up to where it was thrown; what Java says is not logged.
var lastError = regexp.MustCompile(`(?s)^(?:.*\tERROR\t|.*\n[0-9]{4}-[0-9]{2}-[0-9]{2}T\S+\t)?(.*?)(?:\n\tat .*)?$`)

// lastWords says why the child ended.
func (p *process) lastWords(exit error) error {
	text, err := os.ReadFile(p.log())
	if err != nil {
		return errors.Join(exit, err)
	}
	if p.started.Err() == nil && bytes.Contains(text, []byte("BindException")) {
		return fmt.Errorf("%w: %d; its log: %s", errTaken, p.port, p.log())
	}
	words := bytes.Fields(lastError.FindSubmatch(bytes.TrimSpace(text))[1])
	return fmt.Errorf("it ended (%v): %.2000s; its log: %s", exit, bytes.Join(words, []byte(" ")), p.log())
}

// closing is how long a child may take to end before it is killed; it may have an archive to write.
const closing = time.Minute

// close ends the process, and returns once it is gone.
func (p *process) close() error {
	err := p.db.Close()
	_ = p.input.Close() // it may have ended by itself
	select {
	case <-p.ended.Done():
	case <-time.After(closing):
		err = errors.Join(err, p.command.Process.Kill())
		<-p.ended.Done()
	}
	return err
}

func (p *process) log() string { return filepath.Join(p.config.Directory, "trino.log") }
