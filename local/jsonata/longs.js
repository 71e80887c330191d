// Prepares a machine for BigInts, which stand for integers beyond 2^53: JSON holds their digits, and Math's functions
// take them for numbers.
(function (parse) {
    'use strict';

    // Text that JSON writes as \u0001integer:1 is an integer's.
    const marked = /"\\u0001integer:(-?\d+)"/g;
    const stringify = JSON.stringify;
    const parseNumbers = JSON.parse;
    BigInt.prototype.toJSON = function () {
        return '\u0001integer:' + this;
    };
    JSON.stringify = (...args) => stringify(...args)?.replace(marked, '$1');
    JSON.parse = text => /\d{16}/.test(text) ? parse(text) : parseNumbers(text);

    const isLong = value => typeof value === 'bigint';
    for (const name of ['ceil', 'floor', 'round', 'trunc']) {
        const original = Math[name];
        Math[name] = value => isLong(value) ? value : original(value);
    }
    for (const name of ['abs', 'pow', 'sqrt']) {
        const original = Math[name];
        Math[name] = (...args) => original(...args.map(Number));
    }
    for (const [name, better] of [['max', (a, b) => a > b], ['min', (a, b) => a < b]]) {
        const original = Math[name];
        Math[name] = (...args) => args.some(isLong) ? args.reduce((best, next) => better(next, best) ? next : best) : original(...args);
    }
})
