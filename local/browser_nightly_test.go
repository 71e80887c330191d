//go:build nightly

package main

import (
	"flag"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "make the README's picture anew")

func TestThePageOfAWholeRunInABrowser(t *testing.T) {
	picture := ""
	if *update {
		var err error
		picture, err = filepath.Abs(filepath.Join(projectDirectory, "docs", "report.png"))
		require.NoError(t, err)
	}
	tryInABrowser(t, picture, func() {
		code, stdout, stderr := command("run")
		require.Zero(t, code, stderr+stdout)
	})
}
