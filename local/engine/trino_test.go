package engine

import (
	"os"
	"testing"

	"datalake/local/trino"
	"datalake/local/trino/trinotest"
)

// server runs the queries of all tests here.
var server *trino.Server

func TestMain(m *testing.M) { os.Exit(trinotest.Run(m, &server)) }
