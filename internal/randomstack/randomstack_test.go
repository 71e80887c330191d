package randomstack

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheSameSeedAndNumberDrawTheSame(t *testing.T) {
	for number := range uint64(50) {
		require.Equal(t, Draw(7, number), Draw(7, number))
		require.NotEqual(t, Draw(7, number).File(), Draw(8, number).File())
	}
}

// About two in three are right, and each kind of fault occurs.
func TestRightAndFaultyStacksAreDrawn(t *testing.T) {
	right := 0
	faults := map[string]bool{}
	for number := range uint64(3000) {
		drawn := Draw(1, number)
		if len(drawn.Faults) == 0 {
			right++
		}
		for _, fault := range drawn.Faults {
			for _, key := range fault {
				faults[key] = true
			}
		}
	}
	require.InDelta(t, 2000, right, 150)
	for key := range settings {
		require.True(t, faults[namespace+key], key)
	}
	require.True(t, faults["other:key"])
}

// A stack whose only trouble is a dataset with a sample and a path for roles keeps these, and what a dataset needs.
func TestWhatFailsIsMadeSmaller(t *testing.T) {
	stack := Stack{
		Name: "test",
		Config: map[string]any{
			"aws:region": "eu-west-1", "datalake:rolePath": "/x/", "datalake:logDays": 30, "datalake:tracing": "perhaps",
			"datalake:datasets": []any{
				map[string]any{"name": "orders", "prefix": "orders/", "arrival": true},
				map[string]any{"name": "usage", "prefix": "usage/", "schedule": "01:00", "sample": true, "crawl": "everything"},
			},
		},
		Faults: [][]string{{"datalake:tracing"}},
	}
	small := stack.Shrink(func(s Stack) bool {
		entries, _ := s.Config["datalake:datasets"].([]any)
		for _, entry := range entries {
			if entry.(map[string]any)["sample"] == true {
				return s.Config["datalake:rolePath"] == "/x/"
			}
		}
		return false
	})
	require.Equal(t, `config:
  "aws:region": "eu-west-1"
  "datalake:datasets": [{"name":"usage","prefix":"usage/","sample":true,"schedule":"01:00"}]
  "datalake:rolePath": "/x/"
`, small.File())
	require.Empty(t, small.Faults)
	require.Len(t, stack.Config, 5, "the stack itself stays as it was")
}
