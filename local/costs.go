package main

import (
	"fmt"
	"strconv"
	"strings"

	"datalake/local/engine"
)

// costs shows what the run would cost on AWS, what the partitions spared it, and what the stack costs idle.
func (s summary) costs(r *engine.Report) {
	if len(r.Executions) == 0 && r.IdleCost.Month == 0 {
		return
	}
	s.line("Cost on AWS in USD, at list prices of %s (%s)", r.Prices.Region, r.Prices.Date)
	var executions, queries, spared []string
	var total, ofQueries float64
	for _, x := range r.Executions {
		total += x.Cost.Total
		executions = append(executions, short(x.StateMachine)+" "+amount(x.Cost.Total))
	}
	for _, q := range r.Queries {
		ofQueries += q.Cost
		queries = append(queries, short(title(q))+" "+amount(q.Cost))
		if q.BytesUnpartitioned != nil && q.DataScannedInBytes < *q.BytesUnpartitioned {
			spared = append(spared, fmt.Sprintf("%s read %.0f%% of its tables' bytes, %s in place of %s", short(title(q)),
				100*float64(q.DataScannedInBytes)/float64(*q.BytesUnpartitioned), amount(q.Cost), amount(*q.CostUnpartitioned)))
		}
	}
	s.sum("executions "+amount(total), executions)
	s.sum("of that queries "+amount(ofQueries), queries)
	if spared != nil {
		s.wrapped("  ", "partitions: "+strings.Join(spared, "; ")+" (at least 10 MB are billed)", 2)
	}
	var kinds []string
	for _, kind := range r.IdleCost.Kinds {
		kinds = append(kinds, fmt.Sprintf("%s %d × %s", kind.Kind, kind.Count, amount(kind.Each)))
	}
	s.sum("idle "+amount(r.IdleCost.Month)+" a month", kinds)
}

// sum shows an amount and what it is made of, as far as a line goes.
func (s summary) sum(amount string, of []string) {
	if len(of) > 0 {
		s.line("  %s: %s", amount, strings.Join(of, ", "))
	}
}

// amount is one of dollars, to the thousandth of a cent.
func amount(dollars float64) string {
	text := strings.TrimRight(strconv.FormatFloat(dollars, 'f', 5, 64), "0")
	if whole, is := strings.CutSuffix(text, "."); is {
		return whole
	}
	return text
}
