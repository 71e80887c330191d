package randomstack

import (
	"fmt"
	"maps"
	"strings"
)

// datasetNames are names such as people give, the longest one, and some that are nearly those of what else is made.
var datasetNames = []string{
	"usage", "orders", "web-logs", "a", "a" + strings.Repeat("9", 29), "x_-_y", "orders_full", "weathers", "weather_data", "result", "alert",
	"watchdog", "full", "queue", "source", "trigger-role", "crawl-data", "orders-eu", "orders-eu-north", "a-b",
}

// folders are prefixes that do not overlap, for a number each.
var folders = []string{"d%d/", "data/daily-%d/", "%d/year=2026/", "A%d!/b.c/_/", "shop/%d/orders/", longFolder}

// longFolder is nearly as long as a prefix may be.
var longFolder = "long-%d-" + strings.Repeat("x", 390) + "/"

// datasets draws a list that is right.
func (d *drawing) datasets() any {
	count := one(d, 0, 1, 1, 2, 3)
	if d.IntN(25) == 0 {
		count = len(datasetNames)
	}
	return d.some(count)
}

// some are as many datasets, each with another of the names.
func (d *drawing) some(count int) []any {
	entries := []any{}
	for i, name := range d.Perm(len(datasetNames))[:count] {
		entries = append(entries, d.dataset(datasetNames[name], fmt.Sprintf(one(d, folders...), i)))
	}
	return entries
}

func (d *drawing) dataset(name, prefix string) map[string]any {
	entry := map[string]any{"name": name, "prefix": prefix}
	if d.IntN(3) == 0 {
		entry["arrival"] = among(true, "true")(d)
	} else {
		entry["schedule"] = d.when()
		if d.IntN(4) == 0 {
			entry["arrival"] = false
		}
	}
	if d.IntN(2) == 0 {
		entry["crawl"] = one(d, "newFolders", "everything")
	}
	if entry["crawl"] != "everything" && d.IntN(2) == 0 {
		entry["fullCrawl"] = d.when()
		for schedule, has := entry["schedule"].(string); has && minute(schedule) == minute(entry["fullCrawl"].(string)); {
			entry["fullCrawl"] = d.when()
		}
	}
	if d.IntN(3) == 0 {
		entry["queries"] = one(d, "usage", "weather")
	}
	if d.IntN(2) == 0 {
		entry["sample"] = name == "usage"
	}
	return entry
}

// when draws the time of a crawl.
func (d *drawing) when() string {
	at := clock(d).(string)
	return one(d, at, one(d, "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")+" "+at)
}

// minute is the time of day of a crawl.
func minute(when string) string { return when[len(when)-len("00:00"):] }

// wrongDatasets draws a list with one fault.
func (d *drawing) wrongDatasets() any {
	if d.IntN(8) == 0 {
		return among("usage", "", true, 7, map[string]any{"name": "usage"}, []any{"usage"}, []any{[]any{}})(d)
	}
	entry := d.dataset("orders", "shop/orders/")
	other := d.dataset("bills", "shop/bills/")
	with := func(changes map[string]any) any {
		maps.Copy(entry, changes)
		return []any{other, entry}
	}
	without := func(keys ...string) any {
		for _, key := range keys {
			delete(entry, key)
		}
		return []any{other, entry}
	}
	at := clock(d).(string)
	return one(d,
		func() any {
			return with(map[string]any{"name": among("", "Orders", "9", "-a", "a b", "a/b", strings.Repeat("a", 31), 7, []any{})(d)})
		},
		func() any {
			return with(map[string]any{"name": one(d, "weather", "dataset", "results", "alerts", "weekly-etl", "weather_data-catalog", "bills", "bills-full")})
		},
		func() any {
			return with(map[string]any{"name": one(d, "weather-trigger", "weather-daily"), "queries": "weather"})
		},
		func() any {
			other["name"] = "usage" // whose state machine is crawl-dataset
			return with(map[string]any{"name": "dataset-full"})
		},
		func() any {
			entries := []any{}
			for i := range 41 {
				entries = append(entries, d.dataset(fmt.Sprintf("n%d", i), fmt.Sprintf("n%d/", i)))
			}
			return entries
		},
		func() any {
			return with(map[string]any{"prefix": among("", "/", "orders", "/orders/", "a//b/", "s3://lake/orders/", "a b/", "a*/", "../", strings.Repeat("x", 400)+"/", 7, []any{}, "shop/", "shop/bills/", "shop/bills/2026/", "raw/", "raw/location=oslo/")(d)})
		},
		func() any {
			return with(map[string]any{"schedule": among("", "1:00", "24:00", "Sunday 01:00", " 01:00", "SUN", "SUN  01:00", 100, []any{})(d), "arrival": false})
		},
		func() any { return with(map[string]any{"schedule": at, "arrival": true}) },
		func() any { return with(map[string]any{"arrival": among("yes", "", 1, []any{})(d), "schedule": at}) },
		func() any { return with(map[string]any{"crawl": among("events", "", "NEWFOLDERS", true, []any{})(d)}) },
		func() any { return with(map[string]any{"crawl": "everything", "fullCrawl": "SUN 03:00"}) },
		func() any {
			return with(map[string]any{"crawl": "newFolders", "schedule": at, "fullCrawl": one(d, "", "WED ") + at, "arrival": false})
		},
		func() any {
			return with(map[string]any{"queries": among("bills", "", "../usage", "usage/", true, []any{})(d)})
		},
		func() any { return with(map[string]any{"sample": among(true, "yes", 1, []any{})(d)}) },
		func() any { return with(map[string]any{one(d, "Name", "", "since", "database"): "x"}) },
		func() any { return without(one(d, "name", "prefix")) },
		func() any { return without("schedule", "arrival") },
	)()
}
