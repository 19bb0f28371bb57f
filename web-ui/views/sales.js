export function mountSales() {}
