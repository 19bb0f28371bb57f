export function mountProducts() {}
