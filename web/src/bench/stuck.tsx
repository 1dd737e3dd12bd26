export function Stuck() { return <div />; }
