import { Dialog } from './Dialog'

const keys: [string, string][] = [
  ['g o', 'Overview'],
  ['g j', 'Jobs'],
  ['g q', 'Queues'],
  ['g r', 'Periodic jobs'],
  ['g c', 'Clients'],
  ['g x', 'Quarantine'],
  ['g h', 'Health'],
  ['j, k', 'Next and previous row'],
  ['Enter', 'Open the row'],
  ['x', 'Tick the row (Jobs)'],
  ['n, b', 'Next page, back (Jobs)'],
  ['/', 'Search'],
  ['r', 'Show rows that are new; look again (Health)'],
  ['u', 'From a job to all jobs'],
  ['a', 'Acts of a job'],
  ['p', 'Pause and resume all live updates'],
  ['t', 'Times as age, or as date'],
  ['d', 'Light, dark, as the system'],
  ['?', 'This help'],
  ['Esc', 'Close a dialog, leave a field'],
]

export function Help({ opened, close }: { opened: boolean; close: () => void }) {
  return (
    <Dialog opened={opened} title="Keys" close={close}>
      <dl className="keys">
        {keys.map(([key, what]) => (
          <div key={key}>
            <dt>
              {key.split(' ').map((one) => (
                <kbd key={one}>{one.replace(',', '')}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
