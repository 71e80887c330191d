//go:build nightly

package main

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// docs/clients.md and docs/operations.md as they stand there, one after the other over one lake, that of the dev stack's
// pipelines at their full size: each program prints what the page shows.
func TestThePagesOfTheEndpoint(t *testing.T) {
	introduction, sections := pageOfTheClients(t)
	operations := docsPage(t, "operations.md")
	r, exported := openReader(t, func() {
		code, stdout, stderr := command("run")
		require.Zero(t, code, stderr+stdout)
	})
	assert.NoError(t, r.read("clients.md", introduction, exported))
	// dbt takes long to start, and needs nothing of what the others do.
	var dbt sync.WaitGroup
	for _, section := range sections {
		if strings.HasPrefix(section, "dbt-athena\n") {
			dbt.Go(func() { assert.NoError(t, r.read("clients.md", section, "")) })
		} else {
			assert.NoError(t, r.read("clients.md", section, ""))
		}
	}
	assert.NoError(t, r.read("operations.md", operations, ""))
	dbt.Wait()
}
