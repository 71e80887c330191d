package mutants_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"datalake/local/interpreter"

	"github.com/stretchr/testify/require"
)

// answered is what came of a job or a query, and what it wrote.
type answered struct {
	answer  interpreter.Answer
	written map[string]string // by bucket/key; the metrics of a job under ""
}

// Call has a task meet the scenario's faults and answers, and then the engine.
func (r *run) Call(task interpreter.Task) interpreter.Answer {
	if r.faults != nil {
		return r.faults.Around(scripted{r}).Call(task)
	}
	return scripted{r}.Call(task)
}

type scripted struct{ *run }

func (s scripted) Call(task interpreter.Task) interpreter.Answer {
	integration := interpreter.Integration(task.Resource)
	if answers := s.script[integration]; len(answers) > 0 {
		s.told = append(s.told, task.Arguments) // which change nothing of the answer
		if len(answers) > 1 {
			s.script[integration] = answers[1:]
		}
		return answers[0]
	}
	if integration == "aws-sdk:cloudwatch:putMetricData" {
		s.told = append(s.told, task.Arguments)
	}
	if strings.HasPrefix(integration, "athena:") || integration == "glue:startJobRun.sync" {
		return s.stored(task)
	}
	return s.inner.Call(task)
}

// took is how long a job or a query takes: what it takes on this machine is another time each time.
const took = 3 * time.Second

// stored answers a job or a query as it was answered first, unless they are to be carried out.
func (r *run) stored(task interpreter.Task) interpreter.Answer {
	arguments, _ := task.Arguments.(map[string]any)
	ofJob, _ := arguments["Arguments"].(map[string]any)
	metrics, _ := ofJob["--metrics"].(string)
	key := task.Resource + strings.ReplaceAll(text(arguments), text(metrics), `""`)
	known, has := r.answers[key]
	if !has || r.real || strings.HasSuffix(metrics, "/") { // which is no object's name
		return r.carriedOut(task, key, metrics)
	}
	for object, written := range known.written {
		if object == "" {
			object = strings.TrimPrefix(metrics, "s3://")
		}
		bucket, name, _ := strings.Cut(object, "/")
		require.NoError(r.t, r.engine.Objects().Put(bucket, name, []byte(written), r.engine.Now()))
	}
	return known.answer
}

// carriedOut has the engine carry a job or a query out, and stores the answer; that of a query with its pages, which no other
// engine knows.
func (r *run) carriedOut(task interpreter.Task, key, metrics string) interpreter.Answer {
	before := r.objects()
	answer := r.inner.Call(task)
	answer.After = took
	written := r.objects()
	maps.DeleteFunc(written, func(object, text string) bool { return before[object] == text })
	if text, has := written[strings.TrimPrefix(metrics, "s3://")]; has {
		delete(written, strings.TrimPrefix(metrics, "s3://"))
		written[""] = text
	}
	r.answers[key] = answered{answer, written}
	output, _ := answer.Output.(map[string]any)
	query, _ := output["QueryExecution"].(map[string]any)
	if id, is := query["QueryExecutionId"]; is {
		for _, rows := range []float64{1000, 100, 10} {
			page := task
			page.Resource = strings.Replace(task.Resource, "startQueryExecution.sync", "getQueryResults", 1)
			page.Arguments = map[string]any{"MaxResults": rows, "QueryExecutionId": id}
			page.Text = json.RawMessage(text(page.Arguments))
			r.answers[page.Resource+text(page.Arguments)] = answered{answer: r.inner.Call(page)}
		}
	}
	return answer
}

// text is a value in JSON.
func text(value any) string {
	written, _ := json.Marshal(value) // texts, or what was decoded from JSON
	return string(written)
}

// task is a Task state, with what of its definition matters here.
type task struct {
	name, integration string
	timeout           float64
	// errors are those that it is tried again after, or that are caught; most is how often it is tried again at most.
	errors []string
	most   int
}

// tasksOf are the Task states of a definition, those inside others among them.
func tasksOf(t *testing.T, definition string) (tasks []task) {
	t.Helper()
	var root any
	require.NoError(t, json.Unmarshal([]byte(definition), &root))
	var look func(any)
	look = func(value any) {
		switch v := value.(type) {
		case []any:
			for _, each := range v {
				look(each)
			}
		case map[string]any:
			states, _ := v["States"].(map[string]any)
			for _, name := range sorted(states) {
				state := states[name].(map[string]any)
				if state["Type"] == "Task" {
					tasks = append(tasks, taskOf(name, state))
				}
				look(state["Branches"])
				look(state["ItemProcessor"])
			}
		}
	}
	look(root)
	return tasks
}

func taskOf(name string, state map[string]any) task {
	_, integration, _ := strings.Cut(state["Resource"].(string), ":states:::")
	found := task{name: name, integration: integration, timeout: state["TimeoutSeconds"].(float64)}
	for _, field := range []string{"Retry", "Catch"} {
		handlers, _ := state[field].([]any)
		for _, handler := range handlers {
			for _, each := range handler.(map[string]any)["ErrorEquals"].([]any) {
				found.errors = append(found.errors, each.(string))
			}
			if most, is := handler.(map[string]any)["MaxAttempts"].(float64); is {
				found.most = int(most)
			}
		}
	}
	return found
}
