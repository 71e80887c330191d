package graph

// properties are a resource's inputs or outputs, or a part of a document; what is not there reads as the zero value.
type properties map[string]any

func (p properties) text(name string) string {
	text, _ := p[name].(string)
	return text
}

func (p properties) object(name string) properties {
	object, _ := p[name].(map[string]any)
	return object
}

func (p properties) objects(name string) (objects []properties) {
	list, _ := p[name].([]any)
	for _, element := range list {
		object, _ := element.(map[string]any)
		objects = append(objects, object)
	}
	return objects
}

func (p properties) texts(name string) (texts []string) {
	list, _ := p[name].([]any)
	for _, element := range list {
		if text, is := element.(string); is {
			texts = append(texts, text)
		}
	}
	return texts
}
