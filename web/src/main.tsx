import { createRoot } from 'react-dom/client';
import { App } from './app';
import { applyTheme, view } from './state/view';
import './styles/index.css';

applyTheme(view.get().theme);
createRoot(document.getElementById('root')!).render(<App />);
