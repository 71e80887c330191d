// Prepares jsonata for Step Functions: compile(source) adds AWS's functions and limits to an expression.
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

    // Members of a constructor are evaluated side by side: where one binds a variable, the order in which promises
    // settle shows in the result.
    const concurrent = node =>
        node.type === 'unary' && (node.value === '[' || node.value === '{') && binds([node.expressions, node.lhs]) ||
        'group' in node && binds(node.group);

    // What Step Functions' own functions, and its limits, say when something is wrong.
    const wrong = message => {
        throw { code: 'D3137', message };
    };
    const outOfMemory = () => {
        throw { message: 'Expression evaluation memory limit exceeded' };
    };
    const mostItems = 873782, mostOfRange = 360145, mostDepth = 100;

    const functions = {
        partition: [(items, size) => {
            if (items === undefined) {
                return undefined;
            }
            if (items === null) {
                throw { code: 'T0412', message: 'Argument 1 of function "partition" must be an array' };
            }
            const list = Array.isArray(items) ? items : [items];
            const length = size === undefined ? list.length : Math.trunc(size);
            if (length < 0) {
                wrong('$partition takes a chunk size that is not negative, but was: ' + size);
            }
            if (length === 0 || list.length === 0) {
                return undefined;
            }
            const chunks = [];
            for (let i = 0; i < list.length; i += length) {
                chunks.push(list.slice(i, i + length));
            }
            return chunks;
        }, '<xn?:a>'],
        range: [(...bounds) => {
            if (bounds.includes(undefined)) {
                return undefined;
            }
            const [first, last, step] = bounds.map(Math.trunc);
            const count = step === 0 ? 0 : Math.floor((last - first) / step) + 1;
            if (count > mostOfRange) {
                outOfMemory();
            }
            if (count <= 1) {
                return count === 1 ? first : undefined;
            }
            return Array.from({ length: count }, (_, i) => first + i * step);
        }, '<nnn:a>'],
        hash: [(data, algorithm) => data === undefined || algorithm === undefined ? undefined : aws.hash(data, algorithm), '<ss?:s>'],
        random: [seed => aws.random(seed), '<n?:n>'],
        uuid: [() => aws.uuid(), '<:s>'],
        parse: [text => text === undefined ? undefined : aws.parse(text), '<s?:x>'],
    };

    // limit ends an evaluation as Step Functions does: by the depth of nodes and calls within each other, by the size of
    // a sequence, and after so many steps as none that ends in Step Functions' second has.
    function limit(expression) {
        let depth = 0, steps = 0;
        expression.assign(Symbol.for('jsonata.__evaluate_entry'), () => {
            if (++depth > mostDepth) {
                throw { message: 'Stack overflow error' };
            }
            if (++steps > aws.mostSteps) {
                throw { message: 'Expression evaluation timeout' };
            }
        });
        expression.assign(Symbol.for('jsonata.__evaluate_exit'), (node, input, environment, result) => {
            depth--;
            if (Array.isArray(result) && result.length > mostItems) {
                outOfMemory();
            }
        });
        return function evaluate(...args) {
            depth = steps = 0;
            return expression.evaluate(...args);
        };
    }

    return function compile(source) {
        const expression = jsonata(source);
        for (const [name, [implementation, signature]] of Object.entries(functions)) {
            expression.registerFunction(name, implementation, signature);
        }
        expression.assign('eval', undefined); // known to Step Functions, but not to be called: T1006
        const sideBySide = some(expression.ast(), concurrent);
        // The order of promises is not that of depth.
        return { evaluate: sideBySide ? expression.evaluate : limit(expression), concurrent: sideBySide };
    };
})
