package mutants

// Survivors are the mutants that nothing notices, since nothing else comes of them, each with the reason.
var Survivors = map[string]string{
	"half of a condition is missing: StateMachine crawl-dataset-machine: Is it complete?: Choices 0 does not ask for $exists($states.input.LastCrawl)": noStatus,
	"half of a condition is missing: StateMachine weekly-etl-machine: Is it complete?: Choices 0 does not ask for $exists($states.input.LastCrawl)":    noStatus,
}

const noStatus = "the status is asked for besides, and a crawl that there was not has none"
