export function Worklist() { return <div />; }
