// Prepares the published jsonata for Step Functions: compile(source) checks an expression and adds AWS's functions.
(function (jsonata, aws) {
    'use strict';

    // some(node, test) tells whether any node of a syntax tree passes the test.
    function some(node, test, seen = new Set()) {
        if (typeof node !== 'object' || node === null || seen.has(node)) {
            return false;
        }
        seen.add(node);
        return test(node) || Object.values(node).some(child => some(child, test, seen));
    }

    const binds = node => some(node, inner => inner.type === 'bind');
    const refused = node => node.type === 'variable' && node.value === 'eval';

    // Members of a constructor are evaluated side by side: where one binds a variable, the order in which promises
    // settle shows in the result.
    const concurrent = node =>
        node.type === 'unary' && (node.value === '[' || node.value === '{') && binds([node.expressions, node.lhs]) ||
        'group' in node && binds(node.group);

    const checkedChunk = size => {
        if (!Number.isInteger(size) || size < 1) {
            throw { message: '$partition takes a chunk size that is a positive integer, but was: ' + size };
        }
        return size;
    };

    const functions = {
        partition: [(items, size) => {
            if (items === undefined || size === undefined) {
                return undefined;
            }
            checkedChunk(size);
            const chunks = [];
            for (let i = 0; i < items.length; i += size) {
                chunks.push(items.slice(i, i + size));
            }
            return chunks;
        }, '<an:a>'],
        range: [(first, last, step) => {
            if (first === undefined || last === undefined || step === undefined) {
                return undefined;
            }
            if (step === 0) {
                throw { message: '$range takes a step that is not zero' };
            }
            const count = Math.max(0, Math.floor((last - first) / step) + 1);
            if (count > 1000) {
                throw { message: '$range makes at most 1000 items, but was asked for ' + count };
            }
            return Array.from({ length: count }, (_, i) => first + i * step);
        }, '<nnn:a>'],
        hash: [(data, algorithm) => data === undefined || algorithm === undefined ? undefined : aws.hash(data, algorithm), '<ss:s>'],
        random: [seed => aws.random(seed), '<n?:n>'],
        uuid: [() => aws.uuid(), '<:s>'],
        parse: [text => {
            if (text === undefined) {
                return undefined;
            }
            try {
                return JSON.parse(text);
            } catch (error) {
                throw { message: '$parse takes a JSON text: ' + error.message };
            }
        }, '<s:x>'],
    };

    return function compile(source) {
        const expression = jsonata(source);
        if (some(expression.ast(), refused)) {
            throw { message: 'Step Functions does not offer the function $eval; $parse reads a JSON text' };
        }
        for (const [name, [implementation, signature]] of Object.entries(functions)) {
            expression.registerFunction(name, implementation, signature);
        }
        return { evaluate: expression.evaluate, concurrent: some(expression.ast(), concurrent) };
    };
})
