// Says why Step Functions does not take an expression: check(source, members) throws a code and a message. members are
// those that $states has where the expression stands.
(function (jsonata) {
    'use strict';

    const refuse = (code, message) => {
        throw { code, message };
    };

    const children = node => [
        node.expressions, node.lhs, node.rhs, node.arguments, node.procedure, node.body,
        node.condition, node.then, node.else, node.expression,
    ].flat(Infinity).filter(child => child !== null && typeof child === 'object');

    // visit looks for names and context items that nothing outside a path gives a value: an expression has no input
    // document. within tells whether a node is evaluated for the items of a path.
    function visit(node, within, members) {
        switch (node.type) {
            case 'name':
                if (!within) {
                    refuse('UNSUPPORTED_JSONATA_EXPRESSION', `Reference to '${node.value}' at the top level is not supported.`);
                }
                break;
            case 'variable':
                if (!within && (node.value === '' || node.value === '$')) {
                    refuse('UNSUPPORTED_JSONATA_EXPRESSION', `Reference to '$${node.value}' at the top level is not supported.`);
                }
                break;
            case 'path': {
                const [first, second] = node.steps;
                if (first.type === 'variable' && first.value === 'states' && second?.type === 'name' && !members.includes(second.value)) {
                    refuse('INVALID_JSONATA_EXPRESSION', `Field '$states.${second.value}' does not exist.`);
                }
                node.steps.forEach((step, i) => visit(step, within || i > 0, members));
                break;
            }
            case 'sort':
                node.terms.forEach(term => visit(term.expression, true, members));
                break;
            case 'transform':
                [node.pattern, node.update, node.delete].filter(Boolean).forEach(part => visit(part, true, members));
                break;
            default:
                children(node).forEach(child => visit(child, within, members));
        }
        for (const filter of [...node.predicate ?? [], ...node.stages ?? []].filter(stage => stage.type === 'filter')) {
            visit(filter.expr, true, members);
        }
        for (const part of node.group?.lhs.flat() ?? []) {
            visit(part, true, members);
        }
    }

    return function check(source, members) {
        let expression;
        try {
            expression = jsonata(source);
        } catch (error) {
            refuse('INVALID_JSONATA_EXPRESSION', `The JSONata expression '${source}' is not valid: ${error.code}: ${error.message}`);
        }
        visit(expression.ast(), false, members);
    };
})
