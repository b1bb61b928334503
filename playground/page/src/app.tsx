/** The application: who nobody is signed in for signs in; everybody else trades. */
import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { HashRouter, Route, Routes } from 'react-router';
import { queryClient } from './api/query-client.js';
import { CataloguePage } from './catalogue/catalogue-page.js';
import { Frame } from './layout/frame.js';
import { Waiting } from './layout/waiting.js';
import { SignIn } from './session/sign-in.js';
import { useSession } from './session/session.js';

const OrdersPage = lazy(() => import('./orders/orders-page.js'));

export function App() {
  const session = useSession();
  if (!session) return <SignIn />;
  return (
    <QueryClientProvider client={queryClient()}>
      <HashRouter>
        <Frame session={session}>
          <Suspense fallback={<Waiting />}>
            <Routes>
              <Route path="/" element={<CataloguePage />} />
              <Route path="/orders" element={<OrdersPage />} />
            </Routes>
          </Suspense>
        </Frame>
      </HashRouter>
    </QueryClientProvider>
  );
}
