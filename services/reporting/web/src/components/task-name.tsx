/** `job.task`; a narrow column breaks it after the point. */
export function TaskName({ task }: { readonly task: string }) {
  const point = task.indexOf(".") + 1;
  return (
    <>
      {task.slice(0, point)}
      <wbr />
      {task.slice(point)}
    </>
  );
}
